package docker

import (
	"archive/tar"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/client"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
)

// running is the daemon that all tests of a run share; TestMain ends it.
var running struct {
	once   sync.Once
	host   string
	reason string
	stop   func()
}

func TestMain(m *testing.M) {
	code := m.Run()
	if running.stop != nil {
		running.stop()
	}
	os.Exit(code)
}

// dockerHost starts a dockerd of the tests' own, or skips the test with the reason why none can run.
func dockerHost(t *testing.T) string {
	t.Helper()
	running.once.Do(startDaemon)
	if running.reason != "" {
		t.Skip(running.reason)
	}
	return running.host
}

func startDaemon() {
	program, err := exec.LookPath("dockerd")
	if err != nil {
		running.reason = "no dockerd on PATH: apt-get install docker.io"
		return
	}
	if os.Getuid() != 0 {
		running.reason = "dockerd needs root"
		return
	}
	folder, err := os.MkdirTemp("/tmp", "gatehouse-dockerd-")
	if err != nil {
		running.reason = err.Error()
		return
	}
	at := func(file string) string { return filepath.Join(folder, file) }
	log, err := os.Create(at("log"))
	if err != nil {
		running.reason = err.Error()
		return
	}
	running.host = "unix://" + at("docker.sock")
	// Without iptables: the rules of a daemon that runs beside this one stay as they are.
	command := exec.Command(program, "--host", running.host, "--data-root", at("data"), "--exec-root", at("exec"), "--pidfile", at("pid"),
		"--bridge=none", "--iptables=false", "--default-address-pool=base=10.214.0.0/16,size=24")
	command.Stdout, command.Stderr = log, log
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	if err := command.Start(); err != nil {
		running.reason = err.Error()
		return
	}
	running.stop = func() {
		removeAll(running.host)
		_ = command.Process.Signal(syscall.SIGTERM)
		_ = command.Wait()
		_ = os.RemoveAll(folder)
	}
	api, err := client.NewClientWithOpts(client.WithHost(running.host), client.WithAPIVersionNegotiation())
	if err != nil {
		running.reason = err.Error()
		return
	}
	for deadline := time.Now().Add(40 * time.Second); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		if _, err := api.Ping(context.Background()); err == nil {
			return
		}
	}
	text, _ := os.ReadFile(at("log"))
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	running.reason = "dockerd cannot run here: " + lines[len(lines)-1]
}

// removeAll removes the daemon's containers and networks: a network that outlives its daemon stays as a bridge of the machine.
func removeAll(host string) {
	api, err := client.NewClientWithOpts(client.WithHost(host), client.WithAPIVersionNegotiation())
	if err != nil {
		return
	}
	ctx := context.Background()
	containers, _ := api.ContainerList(ctx, container.ListOptions{All: true})
	for _, each := range containers {
		_ = api.ContainerRemove(ctx, each.ID, container.RemoveOptions{Force: true})
	}
	networks, _ := api.NetworkList(ctx, network.ListOptions{})
	for _, each := range networks {
		_ = api.NetworkRemove(ctx, each.ID)
	}
}

// program builds a static program from source, once per test binary, as the content of a test image.
var program = sync.OnceValues(func() ([]byte, error) {
	folder, err := os.MkdirTemp("", "gatehouse-app-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	source := `package main

import ("os"; "os/signal"; "syscall"; "fmt")

func main() {
	if len(os.Args) > 2 && os.Args[1] == "exit" { fmt.Println("as asked"); if os.Args[2] == "0" { return }; os.Exit(3) }
	if len(os.Args) > 1 && os.Args[1] == "well" { return }
	if len(os.Args) > 1 && os.Args[1] == "ill" { fmt.Println("not well"); os.Exit(1) }
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGTERM)
	<-c
}
`
	file := filepath.Join(folder, "main.go")
	if err := os.WriteFile(file, []byte(source), 0o600); err != nil {
		return nil, err
	}
	command := exec.Command("go", "build", "-ldflags", "-s -w", "-o", filepath.Join(folder, "app"), file)
	command.Env = append(os.Environ(), "CGO_ENABLED=0")
	if text, err := command.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w: %s", err, text)
	}
	return os.ReadFile(filepath.Join(folder, "app"))
})

// pushApp puts the test image into a registry of this machine and returns its name with the digest.
func pushApp(t *testing.T, host string) string {
	t.Helper()
	binary, err := program()
	if err != nil {
		t.Fatal(err)
	}
	var archive bytes.Buffer
	writer := tar.NewWriter(&archive)
	_ = writer.WriteHeader(&tar.Header{Name: "app", Mode: 0o755, Size: int64(len(binary))})
	_, _ = writer.Write(binary)
	_ = writer.Close()
	layer, err := tarball.LayerFromReader(&archive)
	if err != nil {
		t.Fatal(err)
	}
	image, err := mutate.AppendLayers(empty.Image, layer)
	if err != nil {
		t.Fatal(err)
	}
	file, _ := image.ConfigFile()
	file = file.DeepCopy()
	file.OS, file.Architecture = "linux", "amd64"
	file.Config.Entrypoint = []string{"/app"}
	if image, err = mutate.ConfigFile(image, file); err != nil {
		t.Fatal(err)
	}
	tag, _ := name.ParseReference(host + "/owner/app:1")
	if err := remote.Write(tag, image, remote.WithAuth(registryUser)); err != nil {
		t.Fatal(err)
	}
	digest, _ := image.Digest()
	return host + "/owner/app@" + digest.String()
}

// rig is a provider on the tests' daemon.
type rig struct {
	*testing.T
	provider *Provider
	auth     []any
}

func newRig(t *testing.T, auth ...any) rig {
	t.Helper()
	host := dockerHost(t)
	p := New()
	inputs := resource.NewPropertyMapFromMap(map[string]any{"host": host, "registryAuth": auth})
	if _, err := p.Configure(t.Context(), plugin.ConfigureRequest{Inputs: inputs}); err != nil {
		t.Fatal(err)
	}
	return rig{t, p, auth}
}
