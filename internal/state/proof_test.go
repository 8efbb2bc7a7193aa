package state_test

import (
	"testing"

	"candour/internal/pack"
	"candour/internal/state"
)

// proved tells when the first fact of the case has a proof, "" for never.
func proved(t *testing.T, c *state.Case, words string, j state.Judge) string {
	t.Helper()
	p, err := pack.ParseProof(words)
	if err != nil {
		t.Fatal(err)
	}
	got, ok := c.ProvedAt(0, p, j)
	if !ok {
		return ""
	}
	return got.At.Time(small.Calendar.Zone()).Format("2006-01-02 15:04")
}

func TestProofs(t *testing.T) {
	const note = `{"fact":"a","case":"c","kind":"note","at":"2024-01-10 10:00","by":"pc"`
	for _, c := range []struct {
		name, line, proof, want string
	}{
		{"anything is proved when recorded", note + `,"recorded":"2024-01-11 09:00"}`, "any", "2024-01-11 09:00"},
		{"self without an owner is anyone", note + `}`, "self", "2024-01-10 10:00"},
		{"a peer is not junior", note + `,"signed":[{"by":"peer","at":"2024-01-12 10:00"}]}`, "second", "2024-01-12 10:00"},
		{"one's own signature is no second", note + `,"signed":[{"by":"pc","at":"2024-01-12 10:00"}]}`, "second", ""},
		{"the earliest that is eligible counts", note + `,"signed":[{"by":"pc","at":"2024-01-10 10:00"},{"by":"sergeant","at":"2024-01-14 10:00"},{"by":"peer","at":"2024-01-13 10:00"}]}`, "second", "2024-01-13 10:00"},
		{"a junior is no second", `{"fact":"a","case":"c","kind":"note","at":"2024-01-10 10:00","by":"sergeant","signed":[{"by":"pc","at":"2024-01-10 10:00"}]}`, "second", ""},
		{"the signer's rank is that of the day of signing: not yet", `{"fact":"a","case":"c","kind":"note","at":"2024-01-10 10:00","by":"sergeant","signed":[{"by":"rising","at":"2024-01-31 10:00"}]}`, "second", ""},
		{"the signer's rank is that of the day of signing: now", `{"fact":"a","case":"c","kind":"note","at":"2024-01-10 10:00","by":"sergeant","signed":[{"by":"rising","at":"2024-02-01 10:00"}]}`, "second", "2024-02-01 10:00"},
		{"the same unit is not another", note + `,"signed":[{"by":"sergeant","at":"2024-01-10 10:00"}]}`, "second(unit)", ""},
		{"the signer's unit is that of the day of signing: not yet", note + `,"signed":[{"by":"rising","at":"2024-01-31 10:00"}]}`, "second(unit)", ""},
		{"the signer's unit is that of the day of signing: now", note + `,"signed":[{"by":"rising","at":"2024-02-01 10:00"}]}`, "second(unit)", "2024-02-01 10:00"},
		{"nobody known signed", note + `,"signed":[{"by":"child","at":"2024-01-10 10:00"}]}`, "second", ""},
		{"a document of the type", note + `,"docs":[{"type":"letter","name":"x"}]}`, "document(letter)", "2024-01-10 10:00"},
		{"a document of another type", note + `,"docs":[{"type":"letter","name":"x"}]}`, "document(tape)", ""},
		{"and waits for the later", note + `,"docs":[{"type":"letter","name":"x"}],"signed":[{"by":"peer","at":"2024-01-12 10:00"}]}`, "second and document", "2024-01-12 10:00"},
		{"or takes the earlier", note + `,"docs":[{"type":"letter","name":"x"}],"signed":[{"by":"peer","at":"2024-01-12 10:00"}]}`, "second or document", "2024-01-10 10:00"},
		{"a body's own word", note + `,"via":{"body":"lab1","how":"system","ref":"1"}}`, "external(lab)", "2024-01-10 10:00"},
		{"a body of another kind", note + `,"via":{"body":"force","how":"system","ref":"1"}}`, "external(lab)", ""},
		{"a call back while the body had no channel", note + `,"via":{"body":"lab1","how":"callback","ref":"1"}}`, "external(lab)", "2024-01-10 10:00"},
		{"a call back once it had one", `{"fact":"a","case":"c","kind":"note","at":"2024-02-10 10:00","by":"pc","via":{"body":"lab1","how":"callback","ref":"1"}}`, "external(lab)", ""},
		{"a call back is a call back all the same", `{"fact":"a","case":"c","kind":"note","at":"2024-02-10 10:00","by":"pc","via":{"body":"lab1","how":"callback","ref":"1"}}`, "callback(lab)", "2024-02-10 10:00"},
		{"a body's own word is no second person", note + `,"via":{"body":"lab1","how":"system","ref":"1"}}`, "second", ""},
		{"a day without a time is proved at its end", `{"fact":"a","case":"c","kind":"note","at":"2024-01-10","by":"pc"}`, "any", "2024-01-10 23:59"},
	} {
		t.Run(c.name, func(t *testing.T) {
			k := asAt(t, prepared(t, c.line+"\n"), "2024-12-31")
			if got := proved(t, k, c.proof, state.Judge{Key: -1}); got != c.want {
				t.Errorf("%s: got %q, want %q", c.proof, got, c.want)
			}
		})
	}
}

func TestASignatureCountsOnlyOnceItIsKnown(t *testing.T) {
	in := prepared(t, `{"fact":"a","case":"c","kind":"note","at":"2024-01-10 10:00","by":"pc","signed":[{"by":"peer","at":"2024-01-12 10:00"}]}
`)
	if got := proved(t, asAt(t, in, "2024-01-12 09:59"), "second", state.Judge{Key: -1}); got != "" {
		t.Errorf("before it was signed: got %q", got)
	}
	if got := proved(t, asAt(t, in, "2024-01-12 10:00"), "second", state.Judge{Key: -1}); got != "2024-01-12 10:00" {
		t.Errorf("once it was signed: got %q", got)
	}
}

func TestSelfIsTheOneWhoOwes(t *testing.T) {
	c := asAt(t, prepared(t, `{"fact":"a","case":"c","kind":"note","at":"2024-01-10 10:00","by":"pc"}
`), "2024-12-31")
	if proved(t, c, "self", state.Judge{Key: -1, Owes: "pc"}) == "" || proved(t, c, "self", state.Judge{Key: -1, Owes: "peer"}) != "" {
		t.Error("self is proved by the one who owes it and by nobody else")
	}
}

func TestTheSubjectSpeaksByAChannelThatWasThereBefore(t *testing.T) {
	const told = `{"fact":"a","case":"c","kind":"told","at":"2024-01-10 10:00","about":"v","by":"pc"`
	for _, c := range []struct {
		name, line string
		want       bool
	}{
		{"the child", told + `,"via":{"person":"child","how":"account","channel_recorded":"2024-01-09"}}`, true},
		{"the mother", told + `,"via":{"person":"mum","how":"account","channel_recorded":"2024-01-09"}}`, true},
		{"another", told + `,"via":{"person":"peer","how":"account","channel_recorded":"2024-01-09"}}`, false},
		{"a channel of afterwards", told + `,"via":{"person":"child","how":"account","channel_recorded":"2024-01-11"}}`, false},
		{"a channel of nobody knows when", told + `,"via":{"person":"child","how":"account"}}`, false},
		{"nobody", told + `}`, false},
		{"a mother who is suspected", `{"party":"s2","case":"c","role":"suspect","person":"mum"}` + "\n" + told + `,"via":{"person":"mum","how":"account","channel_recorded":"2024-01-09"}}`, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			k := asAt(t, prepared(t, c.line+"\n"), "2024-12-31")
			if got := proved(t, k, "subject", state.Judge{Key: 0}) != ""; got != c.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestTheSubjectsChannelStoodBeforeWhatIsConfirmed(t *testing.T) {
	for recorded, want := range map[string]bool{"2024-01-04": true, "2024-01-07": false} {
		k := asAt(t, prepared(t, `{"fact":"b","case":"c","kind":"confirmed","at":"2024-01-10 10:00","about":"st","by":"pc","via":{"person":"child","how":"account","channel_recorded":"`+recorded+`"}}
{"fact":"a","case":"c","kind":"taken","at":"2024-01-05 10:00","about":"st","by":"pc"}
`), "2024-12-31")
		p, err := pack.ParseProof("subject")
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := k.ProvedAt(1, p, state.Judge{Key: 2, This: k.Ev[0]}); ok != want {
			t.Errorf("a channel of %s for a statement of 5 January: got %v", recorded, ok)
		}
	}
}

func TestTaint(t *testing.T) {
	const decision = `{"fact":"z","case":"c","kind":"integrity.decision","at":"2024-01-08 10:00","by":"sergeant","f":{"person":"pc","result":"upheld"}}
`
	for _, c := range []struct {
		name, lines, proof, want string
	}{
		{"what was recorded before stands", decision + `{"fact":"a","case":"c","kind":"note","at":"2024-01-07 10:00","by":"pc"}`, "any", "2024-01-07 10:00"},
		{"what is recorded afterwards is not even anything", decision + `{"fact":"a","case":"c","kind":"note","at":"2024-01-07 10:00","recorded":"2024-01-09","by":"pc"}`, "any", ""},
		{"a second of the same unit does not mend it", decision + `{"fact":"a","case":"c","kind":"note","at":"2024-01-07 10:00","recorded":"2024-01-09 10:00","by":"pc","signed":[{"by":"sergeant","at":"2024-01-09 10:00"}]}`, "any", ""},
		{"a second of another unit does", decision + `{"fact":"a","case":"c","kind":"note","at":"2024-01-07 10:00","recorded":"2024-01-09 10:00","by":"pc","signed":[{"by":"rising","at":"2024-02-09 10:00"}]}`, "document or any", "2024-02-09 10:00"},
		{"the tainted sign for nobody", decision + `{"fact":"a","case":"c","kind":"note","at":"2024-01-07 10:00","by":"peer","signed":[{"by":"pc","at":"2024-01-09 10:00"}]}`, "second", ""},
		{"what they signed before stands", decision + `{"fact":"a","case":"c","kind":"note","at":"2024-01-07 10:00","by":"peer","signed":[{"by":"pc","at":"2024-01-08 09:00"}]}`, "second", "2024-01-08 09:00"},
		{"what was explained taints nobody", `{"fact":"z","case":"c","kind":"integrity.decision","at":"2024-01-08 10:00","by":"sergeant","f":{"person":"pc","result":"explained"}}
{"fact":"a","case":"c","kind":"note","at":"2024-01-07 10:00","recorded":"2024-01-09 10:00","by":"pc"}`, "any", "2024-01-09 10:00"},
	} {
		t.Run(c.name, func(t *testing.T) {
			k := asAt(t, prepared(t, c.lines+"\n"), "2024-12-31")
			if got := proved(t, k, c.proof, state.Judge{Key: -1}); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
