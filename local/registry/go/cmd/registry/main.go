// Command registry is the local container registry that stands for ghcr.io.
//
//	registry serve --address 127.0.0.1:PORT --data DIR    serve until SIGTERM
//	registry seed --registry HOST:PORT                    push the images named in the JSON list on stdin, print what each tag is
//	registry app                                          the program inside the seeded images: answers GET on /health and /_stcore/health at $PORT
//
// Started under the name healthcheck it asks the address that it is given, and fails unless the answer is 200: the images have no shell.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/google/go-containerregistry/pkg/registry"

	"gatehouse/registry/internal/images"
	"gatehouse/registry/internal/manifests"
)

func main() {
	command := run
	if filepath.Base(os.Args[0]) == "healthcheck" {
		command = healthcheck
	}
	if err := command(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "registry:", err)
		os.Exit(1)
	}
}

func run(arguments []string) error {
	if len(arguments) == 0 {
		return errors.New("no command; one of serve, seed and app is needed")
	}
	flags := flag.NewFlagSet(arguments[0], flag.ContinueOnError)
	address := flags.String("address", "127.0.0.1:5000", "address to listen on")
	data := flags.String("data", "", "folder that keeps blobs and manifests")
	host := flags.String("registry", "", "host and port of the registry to push to")
	if err := flags.Parse(arguments[1:]); err != nil {
		return err
	}
	switch arguments[0] {
	case "serve":
		return serve(*address, *data)
	case "seed":
		return seed(*host, os.Stdin, os.Stdout)
	case "app":
		return app()
	}
	return fmt.Errorf("unknown command %q; one of serve, seed and app is needed", arguments[0])
}

func serve(address, data string) error {
	if data == "" {
		return errors.New("serve needs --data, the folder that keeps blobs and manifests")
	}
	blobs := filepath.Join(data, "blobs")
	if err := os.MkdirAll(blobs, 0o755); err != nil {
		return err
	}
	quiet := log.New(io.Discard, "", 0)
	inner := registry.New(registry.Logger(quiet), registry.WithBlobHandler(registry.NewDiskBlobHandler(blobs)), registry.WithReferrersSupport(true))
	store, err := manifests.New(filepath.Join(data, "manifests"), inner)
	if err != nil {
		return err
	}
	if err := store.Restore(); err != nil {
		return err
	}
	return listen(address, store)
}

func seed(host string, input io.Reader, output io.Writer) error {
	if host == "" {
		return errors.New("seed needs --registry, the host and port to push to")
	}
	var seeds []images.Seed
	if err := json.NewDecoder(input).Decode(&seeds); err != nil {
		return fmt.Errorf(`stdin must be a JSON list of {"repository", "tags"}: %w`, err)
	}
	program, err := os.Executable()
	if err != nil {
		return err
	}
	results := []images.Seeded{}
	for _, one := range seeds {
		seeded, err := images.Push(host, program, one)
		if err != nil {
			return err
		}
		results = append(results, seeded...)
	}
	return json.NewEncoder(output).Encode(results)
}

func app() error {
	port := os.Getenv("PORT")
	if port == "" {
		port = "8080"
	}
	routes := http.NewServeMux()
	healthy := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"status":"healthy"}`+"\n")
	}
	routes.HandleFunc("GET /health", healthy)
	// Where Streamlit says it.
	routes.HandleFunc("GET /_stcore/health", healthy)
	return listen(":"+port, routes)
}

func healthcheck(arguments []string) error {
	if len(arguments) != 1 {
		return errors.New("healthcheck takes one address")
	}
	client := http.Client{Timeout: 10 * time.Second}
	answer, err := client.Get(arguments[0])
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("GET %s answered %d", arguments[0], answer.StatusCode)
	}
	return nil
}

// listen serves until SIGTERM or SIGINT, then lets open requests end for at most three seconds.
func listen(address string, handler http.Handler) error {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	fmt.Println("listening on", listener.Addr())
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	done, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-done.Done():
		grace, cancel := context.WithTimeout(context.Background(), 3*time.Second)
		defer cancel()
		return server.Shutdown(grace)
	}
}
