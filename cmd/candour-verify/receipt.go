package main

import (
	"fmt"
	"slices"
	"time"

	"candour"
)

// receiptAnswer tells of one entry that a receipt was given for (doc/format.md, sections 8 and 9).
type receiptAnswer struct {
	verdict candour.Verdict
	code    string
	detail  string
	policy  *candour.Policy
	receipt candour.Receipt
	at      candour.Checkpoint
	by      []candour.Cosigned
}

func (a *receiptAnswer) exit() int { return exitOf(a.verdict) }

func (a *receiptAnswer) say(v candour.Verdict, code string, err error) *receiptAnswer {
	a.verdict, a.code = v, code
	if err != nil {
		a.detail = err.Error()
	}
	return a
}

func (c *call) verifyReceipt() (answer, error) {
	policy, err := c.trust()
	if err != nil {
		return nil, err
	}
	receipt, err := readSmall(c.receipt)
	if err != nil {
		return nil, err
	}
	a := &receiptAnswer{policy: policy}
	if a.receipt, err = policy.OpenReceipt(receipt); err != nil {
		return a.say(candour.Changed, "receipt", err), nil
	}
	if c.proof == "" {
		return a.say(candour.CannotTell, "unredeemed", nil), nil
	}
	proof, err := readSmall(c.proof)
	if err != nil {
		return nil, err
	}
	return a.redeem(proof), nil
}

// redeem holds the receipt against a proof.
func (a *receiptAnswer) redeem(b []byte) *receiptAnswer {
	p, err := candour.ParseProof(b)
	if err != nil {
		return a.say(candour.Changed, "proof", err)
	}
	if a.at, a.by, err = a.policy.OpenCheckpoint(p.Checkpoint); err != nil {
		return a.say(candour.Changed, "checkpoint", err)
	}
	if p.Index != a.receipt.Index || a.at.Origin != a.receipt.Origin || a.at.Size <= a.receipt.Index {
		return a.say(candour.CannotTell, "another", nil)
	}
	if _, _, err := p.Check(a.policy, a.receipt); err != nil {
		return a.say(candour.Changed, "promise", err)
	}
	if !a.policy.Reached(a.by) {
		return a.say(candour.CannotTell, "unwitnessed", nil)
	}
	return a.say(candour.Intact, "receipt", nil)
}

func (a *receiptAnswer) text() string {
	p := &page{}
	redeemed := a.verdict == candour.Intact || a.code == "unwitnessed"
	independent := a.policy.Independent(a.by)
	p.heading(a.verdict, redeemed && len(independent) == 0)
	p.paragraph(sentences[key(a.verdict, a.code)])
	if a.detail != "" {
		p.paragraph("What was found: " + clipped(a.detail) + ".")
	}
	if s := adviceOn(a.verdict, a.code); s != "" {
		p.paragraph(s)
	}
	if a.code == "receipt" && a.verdict == candour.Changed {
		return p.String()
	}
	if redeemed && len(independent) == 0 {
		p.paragraph(unwitnessed(harmless(a.policy.Body), a.policy))
	}
	p.WriteString("\n")
	p.row("Record of", harmless(a.policy.Body))
	p.row("Receipt for", fmt.Sprintf("entry %d, sealed %s", a.receipt.Index, moment(a.receipt.Sealed)))
	if redeemed {
		p.row("Stands in", fmt.Sprintf("the record when it had %s", count(int(a.at.Size), "entry", "entries")))
		for _, c := range a.by {
			how := "independent of the organisation"
			if !slices.Contains(independent, c.Operator) {
				how = "run by the organisation itself"
			}
			p.row("Witnessed", fmt.Sprintf("by %s on %s, %s", clipped(c.Operator), c.At.Format(timeForm), how))
		}
	}
	if a.verdict == candour.Intact {
		p.WriteString("\nWhat INTACT does not mean:\n- that what was recorded is true\n- that anything was done about it\n- " +
			wrapped("what the entry says: a receipt shows that the entry is there, and only a bundle shows what is in it", 2) + "\n")
	}
	return p.String()
}

func (a *receiptAnswer) json() string {
	v := struct {
		jsonVerdict
		Body          string         `json:"body"`
		Index         *int64         `json:"index,omitempty"`
		Sealed        *time.Time     `json:"sealed,omitempty"`
		Size          int64          `json:"size,omitempty"`
		Independently bool           `json:"independently_witnessed"`
		Cosigned      []jsonCosigned `json:"cosigned,omitempty"`
	}{jsonVerdict: jsonVerdict{Verdict: string(a.verdict), Code: a.code, Meaning: sentences[key(a.verdict, a.code)], Detail: a.detail}, Body: a.policy.Body}
	if a.verdict == candour.Intact {
		v.Code = ""
	}
	if a.code != "receipt" || a.verdict == candour.Intact {
		sealed := time.Unix(0, a.receipt.Sealed).UTC()
		v.Index, v.Sealed = &a.receipt.Index, &sealed
	}
	if a.verdict == candour.Intact || a.code == "unwitnessed" {
		independent := a.policy.Independent(a.by)
		v.Size, v.Independently, v.Cosigned = a.at.Size, len(independent) > 0, cosignedJSON(a.by, independent)
	}
	return encoded(v)
}
