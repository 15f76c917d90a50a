// Package manifests keeps what a go-containerregistry registry holds in memory only, its manifests and tags, on disk.
//
// Every accepted PUT is on disk before it is answered, and Restore puts them all back at start. Blobs are not its business:
// the registry's own disk handler keeps those.
package manifests

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
)

// Record is one manifest under one name: a tag or a digest.
type Record struct {
	Repository  string `json:"repository"`
	Reference   string `json:"reference"`
	ContentType string `json:"contentType"`
	Manifest    []byte `json:"manifest"`
}

// Store wraps a registry's handler and keeps its manifests in a folder.
type Store struct {
	dir  string
	next http.Handler
}

// New returns a Store over dir, which is created when it is missing.
func New(dir string, next http.Handler) (*Store, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	return &Store{dir: dir, next: next}, nil
}

// Restore replays all stored manifests into the registry. An index needs its images first, so it goes round until all are in;
// it fails when a round changes nothing.
func (s *Store) Restore() error {
	files, err := filepath.Glob(filepath.Join(s.dir, "*.json"))
	if err != nil {
		return err
	}
	pending := make([]Record, 0, len(files))
	for _, file := range files {
		var record Record
		content, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		if err := json.Unmarshal(content, &record); err != nil {
			return fmt.Errorf("%s is not a stored manifest: %w; remove the file and push the image again", file, err)
		}
		pending = append(pending, record)
	}
	for len(pending) > 0 {
		var refused []Record
		for _, record := range pending {
			if !s.replay(record) {
				refused = append(refused, record)
			}
		}
		if len(refused) == len(pending) {
			first := refused[0]
			return fmt.Errorf("%d stored manifests were refused, the first is %s:%s", len(refused), first.Repository, first.Reference)
		}
		pending = refused
	}
	return nil
}

func (s *Store) replay(record Record) bool {
	request := httptest.NewRequest(http.MethodPut, "/v2/"+record.Repository+"/manifests/"+record.Reference, bytes.NewReader(record.Manifest))
	request.Header.Set("Content-Type", record.ContentType)
	answer := httptest.NewRecorder()
	s.next.ServeHTTP(answer, request)
	return answer.Code == http.StatusCreated
}

// ServeHTTP passes everything on, and keeps what a successful PUT or DELETE of a manifest changed before it is answered.
func (s *Store) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	repository, reference, ok := parse(r.URL.Path)
	if !ok || (r.Method != http.MethodPut && r.Method != http.MethodDelete) {
		s.next.ServeHTTP(w, r)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	answer := httptest.NewRecorder()
	s.next.ServeHTTP(answer, r)
	if answer.Code < 300 {
		if err := s.keep(r, repository, reference, body); err != nil {
			http.Error(w, "the manifest could not be stored: "+err.Error(), http.StatusInternalServerError)
			return
		}
	}
	for name, values := range answer.Header() {
		w.Header()[name] = values
	}
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes())
}

func (s *Store) keep(r *http.Request, repository, reference string, body []byte) error {
	if r.Method == http.MethodDelete {
		err := os.Remove(s.path(repository, reference))
		if errors.Is(err, os.ErrNotExist) {
			return nil
		}
		return err
	}
	sum := sha256.Sum256(body)
	digest := "sha256:" + hex.EncodeToString(sum[:])
	for _, name := range []string{digest, reference} {
		record := Record{Repository: repository, Reference: name, ContentType: r.Header.Get("Content-Type"), Manifest: body}
		if err := s.write(record); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) write(record Record) error {
	content, err := json.Marshal(record)
	if err != nil {
		return err
	}
	file, err := os.CreateTemp(s.dir, "new-*")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	_, err = file.Write(content)
	if err == nil {
		err = file.Sync()
	}
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return err
	}
	return os.Rename(file.Name(), s.path(record.Repository, record.Reference))
}

func (s *Store) path(repository, reference string) string {
	sum := sha256.Sum256([]byte(repository + "\x00" + reference))
	return filepath.Join(s.dir, hex.EncodeToString(sum[:16])+".json")
}

func parse(path string) (repository, reference string, ok bool) {
	rest, found := strings.CutPrefix(path, "/v2/")
	if !found {
		return "", "", false
	}
	repository, reference, ok = strings.Cut(rest, "/manifests/")
	return repository, reference, ok && repository != "" && reference != "" && !strings.Contains(reference, "/")
}
