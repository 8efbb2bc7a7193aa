package vault_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"candour/internal/vault"
)

// TestAnyCourse takes three processes through any course of acts over the same keys and
// folder, each act whole before the next begins and followed by Forget in all. What a model says is there
// opens, and what it says is erased does not, with whichever of them.
func TestAnyCourse(t *testing.T) {
	t.Parallel()
	master := newMaster(t)
	rapid.Check(t, func(rt *rapid.T) {
		// Attachments in one course of ten: they wait for the disk.
		keys, folder := newMemory(), ""
		if rapid.IntRange(0, 9).Draw(rt, "attachments") == 9 {
			folder = t.TempDir()
		}
		var vaults []*vault.Vault
		for range 3 {
			vaults = append(vaults, open(t, keys, master, folder))
		}
		type item struct {
			chain, plain string
			sealed       []byte
		}
		var live, dead []item
		files := map[string]map[string][32]byte{} // by chain and content
		chain := rapid.SampledFrom([]string{"case/c1", "case/c2", "person/p1"})
		one := func() *vault.Vault { return vaults[rapid.IntRange(0, 2).Draw(rt, "process")] }
		must := func(err error) {
			if err != nil {
				rt.Fatal(err)
			}
		}
		rt.Repeat(map[string]func(*rapid.T){
			"seal": func(rt *rapid.T) {
				c, plain := chain.Draw(rt, "chain"), rapid.String().Draw(rt, "plain")
				live = append(live, item{c, plain, seal(t, one(), c, plain)})
			},
			"put": func(rt *rapid.T) {
				if folder == "" {
					rt.Skip()
				}
				c, plain := chain.Draw(rt, "chain"), strings.Repeat(rapid.SampledFrom([]string{"a", "b"}).Draw(rt, "content"), 100)
				if files[c] == nil {
					files[c] = map[string][32]byte{}
				}
				files[c][plain] = put(t, one(), c, plain)
			},
			"destroy": func(rt *rapid.T) {
				c := chain.Draw(rt, "chain")
				must(one().Destroy(ctx, c))
				var rest []item
				for _, i := range live {
					if i.chain == c {
						dead = append(dead, i)
					} else {
						rest = append(rest, i)
					}
				}
				live = rest
				delete(files, c)
			},
			"rekey": func(rt *rapid.T) {
				c := chain.Draw(rt, "chain")
				k, err := one().Rekey(ctx, c)
				if errors.Is(err, vault.ErrErased) {
					rt.Skip()
				}
				must(err)
				for n, i := range live {
					if i.chain != c {
						continue
					}
					live[n].sealed, err = k.Reseal(ctx, i.sealed)
					must(err)
					dead = append(dead, i)
				}
				if rapid.Bool().Draw(rt, "stopped before it settled") {
					for n := len(dead) - 1; n >= 0; n-- { // the old keys are there still
						if i := dead[n]; i.chain == c {
							if _, err := one().Open(ctx, c, i.sealed); err == nil {
								dead = append(dead[:n], dead[n+1:]...)
							}
						}
					}
					return
				}
				must(k.Settle(ctx))
			},
			"": func(rt *rapid.T) {
				for _, v := range vaults {
					v.Forget()
				}
				for _, i := range live {
					if got, err := one().Open(ctx, i.chain, i.sealed); err != nil || string(got) != i.plain {
						rt.Fatalf("%s: %q, %v; want %q", i.chain, got, err, i.plain)
					}
				}
				for _, i := range dead {
					if _, err := one().Open(ctx, i.chain, i.sealed); !errors.Is(err, vault.ErrErased) {
						rt.Fatalf("%s: %q opens or %v", i.chain, i.plain, err)
					}
				}
				for c, contents := range files {
					for plain, digest := range contents {
						if got, err := get(one(), c, digest); err != nil || got != plain {
							rt.Fatal(fmt.Sprint(c, " ", len(got), " ", err))
						}
					}
				}
			},
		})
	})
}
