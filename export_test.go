package candour

import "strings"

// What follows opens to the tests the readers and writers that only [Verify] and
// [WriteBundle] use.

// OpenNote opens a note of which the required key must have signed, and gives its text.
func OpenNote(msg []byte, required PublicKey, known ...PublicKey) (string, error) {
	text, sigs, err := openNote(msg, append([]PublicKey{required}, known...))
	if err == nil && !signedBy(sigs, required) {
		return "", errForm
	}
	return text, err
}

// ParseEntries reads the part entries.txt.
func ParseEntries(b []byte) ([]*Chain, []*Entry, error) {
	es, err := parseEntries(b)
	if err != nil {
		return nil, nil, err
	}
	return es.chains, es.excerpt, nil
}

// WriteEntries writes the part entries.txt.
func WriteEntries(chains []*Chain, excerpt []*Entry) string {
	var b strings.Builder
	if err := (&entries{chains, excerpt}).write(&b); err != nil {
		panic(err)
	}
	return b.String()
}

// RewriteManifest reads the text of a manifest and writes it again.
func RewriteManifest(text string) (string, error) {
	m, err := parseManifest(text)
	if err != nil {
		return "", err
	}
	return m.text(), nil
}

// RewriteConsistency reads consistency.txt and writes it again.
func RewriteConsistency(b []byte) (string, error) {
	from, proof, err := parseConsistency(b)
	if err != nil {
		return "", err
	}
	return consistencyText(from, proof), nil
}

// ReceiptText is the text of a receipt before it is signed.
func ReceiptText(r Receipt) string { return r.text() }

// ParseReceiptText reads it.
func ParseReceiptText(text string) (Receipt, error) { return parseReceipt(text) }
