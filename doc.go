// Package candour is where the public promise will stand: what an outsider
// needs to read and verify a record. Today it holds only the tests of the
// house's floors; the program is in cmd/candour.
package candour
