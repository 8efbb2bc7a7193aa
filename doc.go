// Package candour is the public promise: what an outsider needs to read and
// verify a record, and nothing else. It stands on the standard library and
// golang.org/x/mod alone, so that an expert of the court can read it whole. The
// bytes are specified in doc/format.md; sections named in comments are of that
// page.
//
// The words: a body's record is a list of entries, each one fact sealed at an
// index. What is public of an entry is its [Envelope], which says nothing about
// anyone: the fields of the fact stand behind salted commitments, so that a
// field can be shown, or withheld, or erased, and the rest still verifies. The
// leaves of the envelopes form a Merkle tree, whose size and root the body signs
// in a [Checkpoint] and witnesses cosign. A bundle is what leaves the record: some
// chains of entries, each with its proof.
//
// What is always true:
//
//   - Nothing is read leniently. Every text and every byte layout has one form; what is
//     not in that form is refused, so that no byte is free to be changed.
//   - A verdict is about what was sealed, when and in which order, never about
//     whether it is true.
//   - No error repeats the value of a field.
//
// To verify a bundle, open it and call [Verify] with a [Policy] that came by another
// way. To verify one entry, use [ParseReceipt], [ParseProof] and [Proof.Check].
package candour
