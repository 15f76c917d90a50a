package nodejs

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// grace is the time between asking a process to end and ending it: the SDK needs it to answer the engine.
const grace = 5 * time.Second

// ending is how a process ended: by its own code, or by a signal.
type ending struct {
	code   int
	signal string
}

func (end ending) problem() string {
	if end.signal != "" {
		return "Program was ended by " + end.signal
	}
	return fmt.Sprintf("Program exited with non-zero exit code: %d", end.code)
}

// command makes a command that is asked to end with SIGINT when the engine gives its call up or the host ends. `release` is called when it
// is over.
func (host *Host) command(ctx context.Context, name string, arguments ...[]string) (command *exec.Cmd, release func()) {
	ctx, cancel := context.WithCancel(ctx)
	forget := context.AfterFunc(host.running, cancel)
	command = exec.CommandContext(ctx, name, slices.Concat(arguments...)...)
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
	command.WaitDelay = grace
	return command, func() {
		forget()
		cancel()
	}
}

// run runs a command to its end. The error says why it could not be started.
func run(command *exec.Cmd) (ending, error) {
	if err := command.Start(); err != nil {
		return ending{}, err
	}
	// Of the process itself its state says more than an error, which also tells of what a grandchild keeps open and of being asked to end.
	_ = command.Wait()
	if status, known := command.ProcessState.Sys().(syscall.WaitStatus); known && status.Signaled() {
		return ending{code: -1, signal: unix.SignalName(status.Signal())}, nil
	}
	return ending{code: command.ProcessState.ExitCode()}, nil
}

// watcher remembers whether some text was written, also in two pieces.
type watcher struct {
	text  string
	found bool
	end   []byte
}

func (watcher *watcher) Write(chunk []byte) (int, error) {
	seen := append(watcher.end, chunk...)
	watcher.found = watcher.found || bytes.Contains(seen, []byte(watcher.text))
	watcher.end = bytes.Clone(seen[max(0, len(seen)-len(watcher.text)):])
	return len(chunk), nil
}

// sender writes to a stream of messages, one at a time: a command's two streams are read side by side.
type sender[Message any] struct {
	stream interface{ Send(*Message) error }
	one    sync.Mutex
}

type writer func(chunk []byte) (int, error)

func (write writer) Write(chunk []byte) (int, error) { return write(chunk) }

func (sender *sender[Message]) as(message func(chunk []byte) *Message) io.Writer {
	return writer(func(chunk []byte) (int, error) {
		sender.one.Lock()
		defer sender.one.Unlock()
		return len(chunk), sender.stream.Send(message(bytes.Clone(chunk)))
	})
}
