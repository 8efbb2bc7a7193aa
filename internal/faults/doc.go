// Package faults holds the tests of the promise itself: what was acknowledged is never lost,
// and what was recorded cannot be altered, removed, reordered or backdated unnoticed. There is
// nothing in it but tests.
//
// Each has a short form, run by go test, and a long one, run by make faults: CANDOUR_FAULTS is
// long. What is by chance follows from CANDOUR_SEED, which is printed. What was found, when,
// and what is not covered is written in doc/reliability.md.
package faults
