package vault_test

import (
	"crypto/aes"
	"crypto/cipher"
	"fmt"
	"io"
	"testing"
)

func BenchmarkSeal(b *testing.B) {
	for _, size := range []int{100, 1000, 10000} {
		plain := make([]byte, size)
		b.Run(fmt.Sprint(size, "/vault"), func(b *testing.B) {
			v := open(b, newMemory(), newMaster(b), "")
			b.ReportAllocs()
			for b.Loop() {
				if _, err := v.Seal(ctx, "case/c1", plain); err != nil {
					b.Fatal(err)
				}
			}
		})
		// What AES-GCM alone takes.
		b.Run(fmt.Sprint(size, "/bare"), func(b *testing.B) {
			block, _ := aes.NewCipher(tagKey)
			aead, _ := cipher.NewGCMWithRandomNonce(block)
			b.ReportAllocs()
			for b.Loop() {
				aead.Seal(nil, nil, plain, tagKey)
			}
		})
	}
}

func BenchmarkSealManyAtOnce(b *testing.B) {
	v := open(b, newMemory(), newMaster(b), "")
	plain := make([]byte, 1000)
	b.ReportAllocs()
	b.RunParallel(func(p *testing.PB) {
		for p.Next() {
			if _, err := v.Seal(ctx, "case/c1", plain); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkOpen(b *testing.B) {
	for _, size := range []int{100, 1000, 10000} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			v := open(b, newMemory(), newMaster(b), "")
			sealed := seal(b, v, "case/c1", string(make([]byte, size)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := v.Open(ctx, "case/c1", sealed); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkFirstOpenOfAChain(b *testing.B) {
	v := open(b, newMemory(), newMaster(b), "")
	sealed := seal(b, v, "case/c1", string(make([]byte, 1000)))
	b.ReportAllocs()
	for b.Loop() {
		v.Forget()
		if _, err := v.Open(ctx, "case/c1", sealed); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPut(b *testing.B) {
	for _, size := range []int64{10 << 10, 100 << 20} {
		b.Run(fmt.Sprint(size>>10, "KiB"), func(b *testing.B) {
			v := open(b, newMemory(), newMaster(b), b.TempDir())
			b.SetBytes(size)
			b.ReportAllocs()
			for b.Loop() {
				digest, _, err := v.Put(ctx, "case/c1", &zeros{size})
				if err == nil {
					err = v.Drop(ctx, "case/c1", digest)
				}
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkGet(b *testing.B) {
	for _, size := range []int64{10 << 10, 100 << 20} {
		b.Run(fmt.Sprint(size>>10, "KiB"), func(b *testing.B) {
			v := open(b, newMemory(), newMaster(b), b.TempDir())
			digest, _, err := v.Put(ctx, "case/c1", &zeros{size})
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(size)
			b.ReportAllocs()
			for b.Loop() {
				r, err := v.Get(ctx, "case/c1", digest)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := io.Copy(io.Discard, r); err != nil {
					b.Fatal(err)
				}
				r.Close()
			}
		})
	}
}
