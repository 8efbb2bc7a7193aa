package witness

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

const sizeType = "text/x.tlog.size"

// Handler answers under "/": POST add-checkpoint (c2sp.org/tlog-witness), POST add-leaves
// (see the package), GET checkpoint/{origin}, GET metrics, and the page. Under a prefix, mount
// it with [http.StripPrefix].
//
// Of the two conflicts of tlog-witness, another old size is answered with the size in hand
// as text/x.tlog.size, another root of the same size in words as text/plain.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /add-checkpoint", s.addCheckpoint)
	mux.HandleFunc("POST /add-leaves", s.addLeaves)
	mux.HandleFunc("GET /checkpoint/{origin...}", s.checkpoint)
	mux.Handle("GET /metrics", promhttp.HandlerFor(s.counts.registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /style.css", style)
	mux.HandleFunc("GET /{$}", s.page)
	return plain(mux)
}

// plain sets what every answer bears: no script, nothing from elsewhere, nothing kept.
func plain(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

func (s *Server) addCheckpoint(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxSubmission))
	if err != nil {
		answer(w, s.count("", refuse(Malformed, "submission: at most %d bytes are read", maxSubmission)))
		return
	}
	lines, err := s.Add(r.Context(), body)
	if err != nil {
		answer(w, err)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write(lines)
}

// answer says why not. What went wrong with this witness itself is for its log.
func answer(w http.ResponseWriter, err error) {
	var conflict *Conflict
	code, why := status(err), err.Error()
	switch {
	case errors.As(err, &conflict):
		w.Header().Set("Content-Type", sizeType)
		w.WriteHeader(code)
		fmt.Fprintf(w, "%d\n", conflict.Size)
		return
	case code == http.StatusInternalServerError:
		why = "the witness could not do its work: nothing was signed; try again later"
	}
	http.Error(w, why, code)
}

func (s *Server) addLeaves(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxLeavesText))
	if err != nil {
		answer(w, refuse(Malformed, "leaves: at most %d bytes are read", maxLeavesText))
		return
	}
	size, err := s.AddLeaves(r.Context(), body)
	if err != nil {
		answer(w, err)
		return
	}
	w.Header().Set("Content-Type", sizeType)
	fmt.Fprintf(w, "%d\n", size)
}

// checkpoint gives the checkpoint cosigned last of an origin, with both signatures.
func (s *Server) checkpoint(w http.ResponseWriter, r *http.Request) {
	b, err := s.Checkpoint(r.PathValue("origin"))
	if err != nil {
		answer(w, err)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(b)))
	_, _ = w.Write(b)
}

// Checkpoint is the checkpoint cosigned last of an origin, with the signatures of body and
// witness: what a force restored from a copy asks for to learn what was witnessed.
func (s *Server) Checkpoint(origin string) ([]byte, error) {
	for body := range s.bodies {
		if !isOf(origin, body) {
			continue
		}
		h, err := s.held(origin)
		if err != nil {
			return nil, err
		}
		if h != nil {
			return h.note, nil
		}
	}
	return nil, refuse(Unknown, "nothing was cosigned here of %q", origin)
}
