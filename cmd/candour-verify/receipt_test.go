package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"candour"
)

// TestCheckpointFromBeforeTheEntryBreaksNoPromise redeems a receipt for entry 2 with records of two sizes.
func TestCheckpointFromBeforeTheEntryBreaksNoPromise(t *testing.T) {
	body := candour.NewSigner("candour.example/northmere", []byte("a seed of thirty-two bytes, fix."))
	policy := candour.Policy{Body: body.Public.Name, Logs: []candour.Witness{{Operator: "northmere", Key: body.Public}}}
	leaves := []candour.Hash{candour.LeafHash([]byte("a")), candour.LeafHash([]byte("b")), candour.LeafHash([]byte("c"))}
	receipt, err := candour.Receipt{Origin: policy.Body, Index: 2, Leaf: leaves[2], Sealed: 1}.Sign(body)
	if err != nil {
		t.Fatal(err)
	}
	for size, want := range map[int]string{2: "CANNOT TELL", 3: "INTACT, BUT NOT INDEPENDENTLY WITNESSED"} {
		var tree candour.Edge
		for _, leaf := range leaves[:size] {
			tree.Add(leaf)
		}
		note, err := body.Sign(candour.Checkpoint{Origin: policy.Body, Size: tree.Size, Root: tree.Root()}.Text())
		if err != nil {
			t.Fatal(err)
		}
		proof := candour.Proof{Index: 2, Hashes: []candour.Hash{candour.NodeHash(leaves[0], leaves[1])}, Checkpoint: note}
		args := []string{"-policy", kept(t, "policy", []byte(policy.Text())), "-receipt", kept(t, "receipt", receipt), "-proof", kept(t, "proof", proof.Text())}
		var out, errs strings.Builder
		run(args, &out, &errs)
		if got, _, _ := strings.Cut(out.String(), "\n"); got != want {
			t.Errorf("with a record of %d: %q, want %q\n%s", size, got, want, errs.String())
		}
	}
}

func kept(t *testing.T, name string, content []byte) string {
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
