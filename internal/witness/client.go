package witness

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"candour"

	"golang.org/x/mod/sumdb/note"
)

// Client asks one witness over HTTP.
type Client struct {
	URL     string          // the prefix before /add-checkpoint
	Witness candour.Witness // its key and operator, as in the policy
	HTTP    *http.Client    // http.DefaultClient where nil
}

// Cosign asks for a cosignature on a signed checkpoint, given the size that the witness
// cosigned last and the proof from there. What it gives verified, and nothing else that the
// witness sent is in it. A refusal is a [Conflict], a [SplitView] or a [Refusal]; any other
// error may pass, and the same can be sent again, after a while.
func (c *Client) Cosign(ctx context.Context, msg []byte, old int64, proof []candour.Hash) (lines string, err error) {
	sub := Submission{old, proof, msg}
	r, err := c.post(ctx, "add-checkpoint", sub.Text())
	if err != nil {
		return "", fmt.Errorf("witness %s: %w", c.Witness.Key.Name, err)
	}
	lines, err = r.cosignature(sub, c.Witness.Key)
	if err != nil {
		return "", fmt.Errorf("witness %s: %w", c.Witness.Key.Name, err)
	}
	return lines, nil
}

// AddLeaves sends leaf hashes to a witness that mirrors the record. Its errors are as those
// of Cosign; a [Conflict] says how many the witness holds.
func (c *Client) AddLeaves(ctx context.Context, l Leaves) (size int64, err error) {
	r, err := c.post(ctx, "add-leaves", l.Text())
	if err == nil && r.status != http.StatusOK {
		err = r.refusal()
	}
	if err == nil {
		size, err = parseSize(r.body)
	}
	if err != nil {
		return 0, fmt.Errorf("witness %s: %w", c.Witness.Key.Name, err)
	}
	return size, nil
}

// Last asks for the checkpoint that the witness cosigned last of an origin: what a record
// restored from a copy must know before it goes on. Its signatures are for the caller's
// policy to verify.
func (c *Client) Last(ctx context.Context, origin string) ([]byte, error) {
	r, err := c.send(ctx, http.MethodGet, "checkpoint/"+(&url.URL{Path: origin}).EscapedPath(), nil)
	if err == nil && r.status != http.StatusOK {
		err = r.refusal()
	}
	if err != nil {
		return nil, fmt.Errorf("witness %s: %w", c.Witness.Key.Name, err)
	}
	return []byte(r.body), nil
}

func (c *Client) post(ctx context.Context, path string, body []byte) (reply, error) {
	return c.send(ctx, http.MethodPost, path, body)
}

func (c *Client) send(ctx context.Context, method, path string, body []byte) (r reply, err error) {
	req, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(c.URL, "/")+"/"+path, bytes.NewReader(body))
	if err != nil {
		return r, err
	}
	req.Header.Set("Content-Type", "text/plain; charset=utf-8")
	resp, err := cmp.Or(c.HTTP, http.DefaultClient).Do(req)
	if err != nil {
		return r, err
	}
	defer resp.Body.Close()
	if resp.Request.Method != method {
		return r, fmt.Errorf("%s moved to %s: correct the address", req.URL, resp.Request.URL)
	}
	b, err := io.ReadAll(io.LimitReader(resp.Body, maxSubmission))
	if err != nil {
		return r, err
	}
	return reply{resp.StatusCode, resp.Header.Get("Content-Type") == sizeType, string(b)}, nil
}

// reply is what a witness answered, by HTTP or in a file.
type reply struct {
	status int
	isSize bool // whether the body is a size
	body   string
}

// cosignature reads the answer to a submission.
func (r reply) cosignature(sub Submission, by candour.PublicKey) (string, error) {
	n, err := unverified(sub.Note)
	if err != nil {
		return "", err
	}
	p, err := candour.ParseCheckpointText(n.Text)
	if err != nil {
		return "", err
	}
	conflict := r.status == http.StatusConflict && !r.isSize
	// A witness may say of another root that it is no proof, as transparency-dev's does: from a
	// size to itself nothing else can be wrong.
	unproven := r.status == http.StatusUnprocessableEntity && sub.Old == p.Size && len(sub.Proof) == 0
	switch {
	case r.status == http.StatusOK:
		line, _, err := cosigned([]byte(n.Text+"\n"+r.body), by)
		return line, err
	case conflict || unproven:
		return "", &SplitView{p.Origin, p.Size}
	}
	err = r.refusal()
	if c, ok := err.(*Conflict); ok && c.Size == sub.Old && sub.Old == p.Size {
		return "", &SplitView{p.Origin, p.Size}
	}
	return "", err
}

// refusal is the error that an answer other than 200 stands for.
func (r reply) refusal() error {
	if r.status == http.StatusConflict && r.isSize {
		size, err := parseSize(r.body)
		if err != nil {
			return err
		}
		return &Conflict{size}
	}
	why := fmt.Sprintf("answered %d: %.200q", r.status, strings.TrimSpace(r.body))
	for kind, status := range statuses {
		if status == r.status {
			return &Refusal{kind, why}
		}
	}
	return fmt.Errorf("%s", why)
}

func parseSize(body string) (int64, error) {
	size, ok := strings.CutSuffix(body, "\n")
	if !ok {
		return 0, fmt.Errorf("%.30q is not a size", body)
	}
	return decimal(size)
}

// CosignedAt is when a witness says that it signed, of a line that [Client.Cosign] gave for
// the note.
func CosignedAt(msg []byte, line string, by candour.PublicKey) (time.Time, error) {
	n, err := unverified(msg)
	if err != nil {
		return time.Time{}, err
	}
	_, at, err := cosigned([]byte(n.Text+"\n"+line), by)
	return at, err
}

var _ note.Verifier = cosignature{}
