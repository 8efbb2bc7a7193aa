// Package witness is the watchdog's second pair of eyes on a body's record, and the
// body's side of the same talk. It speaks c2sp.org/tlog-witness: a body sends its signed
// checkpoint with a proof that it continues the one cosigned before, and the witness
// cosigns it (c2sp.org/tlog-cosignature, cosignature/v1) once it has put that down for good.
//
// The words: a [Force] is a body whose record is watched, under an origin for each epoch
// (doc/format.md, section 6). A [Server] is the witness over a folder made by [Init]. A
// [Client] asks one witness; a [Keeper] asks all of a body's, again and again. A
// [Mirror] holds the leaf hashes of a record.
//
// What is always true:
//
//   - Of an origin, what is cosigned only ever grows: never two roots for a size, never a
//     smaller size after a larger one. No signature leaves before the checkpoint under it
//     is durable; what is in the folder is read anew for each request, and nothing is cached.
//   - Of a body, once an epoch has begun no earlier one goes on.
//   - Two different records signed for one size are kept with both signed notes, which
//     together are proof against the body, and shown until a person acknowledges them.
//   - One process uses a folder: it holds a lock (flock) that the system drops when the
//     process ends, however it ends. There is no rule for a stale lock, for there is none.
//
// # Leaf hashes
//
// A force that is mirrored also sends its leaf hashes, by a call of our own:
//
//	POST {prefix}/add-leaves
//
//	leaves <from> <to>
//	<hash, base64>            none or more: the consistency proof from <to> to the checkpoint's size
//	                          (an empty line)
//	<leaf hash, base64>       to - from lines, at most 65536
//	                          (an empty line)
//	<checkpoint, a note with the body's signature and this witness's cosignature>
//
// The answers: 200 and the new size of the mirror, as text/x.tlog.size; 400 malformed; 403
// not signed by the body, or not cosigned by this witness; 404 unknown origin, or a force
// that is not mirrored; 409 with the size of the mirror, as text/x.tlog.size, where it is
// not <from>; 422 where the leaves do not give a tree that the checkpoint continues. A leaf
// hash is of an envelope, which says nothing about anyone.
package witness
