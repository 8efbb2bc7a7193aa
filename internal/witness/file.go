package witness

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// Sites without a network exchange files. A request is a line that says what it is, and a
// submission:
//
//	candour-witness-request/1
//	<the body of add-checkpoint>
//
// The answer names the request, and is else what HTTP would have answered:
//
//	candour-witness-answer/1
//	request <SHA-256 of the request, hex>
//	status <that of HTTP>
//	                          (an empty line)
//	<signature lines; or the size in hand, with status 409; or why not, in words>
//
// With status 409 the lines after the empty one are a size where they are nothing else.
const (
	requestFirst = "candour-witness-request/1\n"
	answerFirst  = "candour-witness-answer/1\n"
)

// Request is the file by which a force asks for a cosignature.
func Request(s Submission) []byte { return append([]byte(requestFirst), s.Text()...) }

// Answer judges the file of a request as Add judges a submission, and gives the file of the
// answer, a refusal being one. It fails where the file is no request at all, and where this
// witness could not do its work.
func (s *Server) Answer(ctx context.Context, request []byte) ([]byte, error) {
	body, ok := bytes.CutPrefix(request, []byte(requestFirst))
	if !ok {
		return nil, errors.New("not a request to a witness: its first line is another")
	}
	lines, err := s.Add(ctx, body)
	var conflict *Conflict
	switch {
	case err == nil:
		return answerText(request, reply{http.StatusOK, false, string(lines)}), nil
	case errors.As(err, &conflict):
		return answerText(request, reply{status(err), true, fmt.Sprintf("%d\n", conflict.Size)}), nil
	case status(err) == http.StatusInternalServerError:
		return nil, err
	}
	return answerText(request, reply{status(err), false, err.Error() + "\n"}), nil
}

// Forward has the request of a file answered by a witness that is running: its process
// holds the folder, so that no other can. Nothing is verified; that is for [Client.TakeAnswer].
func (c *Client) Forward(ctx context.Context, request []byte) (answer []byte, err error) {
	body, ok := bytes.CutPrefix(request, []byte(requestFirst))
	if !ok {
		return nil, errors.New("not a request to a witness: its first line is another")
	}
	r, err := c.post(ctx, "add-checkpoint", body)
	if err != nil {
		return nil, fmt.Errorf("witness %s: %w", c.URL, err)
	}
	if r.status >= http.StatusInternalServerError {
		return nil, fmt.Errorf("witness %s: %w", c.URL, r.refusal())
	}
	return answerText(request, r), nil
}

func answerText(request []byte, r reply) []byte {
	sum := sha256.Sum256(request)
	return fmt.Appendf(nil, "%srequest %s\nstatus %d\n\n%s", answerFirst, hex.EncodeToString(sum[:]), r.status, r.body)
}

// TakeAnswer reads the answer to a request as Cosign reads that of HTTP.
func (c *Client) TakeAnswer(request, answer []byte) (lines string, err error) {
	body, ok := bytes.CutPrefix(request, []byte(requestFirst))
	if !ok {
		return "", errors.New("not a request to a witness: its first line is another")
	}
	sub, err := ParseSubmission(body)
	if err != nil {
		return "", err
	}
	r, err := parseAnswer(request, answer)
	if err != nil {
		return "", err
	}
	if lines, err = r.cosignature(sub, c.Witness.Key); err != nil {
		return "", fmt.Errorf("witness %s: %w", c.Witness.Key.Name, err)
	}
	return lines, nil
}

func parseAnswer(request, answer []byte) (r reply, err error) {
	sum := sha256.Sum256(request)
	rest, ok := strings.CutPrefix(string(answer), answerFirst)
	if !ok {
		return r, errors.New("not the answer of a witness: its first line is another")
	}
	rest, ok = strings.CutPrefix(rest, "request "+hex.EncodeToString(sum[:])+"\nstatus ")
	if !ok {
		return r, errors.New("the answer to another request")
	}
	code, body, ok := strings.Cut(rest, "\n\n")
	if r.status, err = strconv.Atoi(code); err != nil || !ok || len(body) > maxSubmission {
		return r, errors.New("answer: not in its form")
	}
	_, err = parseSize(body)
	r.isSize, r.body = err == nil, body
	return r, nil
}
