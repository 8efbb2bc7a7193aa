// Package state works out what a timeline shows at each of its moments: the
// order of facts, who held which post, which proofs each fact has, and the
// registers of the case and its parties.
//
// A Case is built for one as-at and one known-at moment. Facts that had not
// happened by the first, or were not known by the second, are not in it, nor
// are facts that a known correction supersedes. The registers are kept as
// histories, so that any condition can be asked at any position: position i is
// just after event i, and -1 is before the first.
package state
