// Command pulumi-language-nodejs is the language host for Node.js: the engine starts it, reads its port from the first line of its output
// and calls it by gRPC. It does what the vendor's host does for npm projects, except generating code and attaching debuggers. Written in Go
// because every command starts it twice, and a Node that only starts another Node takes a quarter of a second each time.
package main

import (
	"fmt"
	"net"
	"os"
	"os/signal"
	"syscall"

	"gatehouse/plugins/internal/nodejs"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
)

const largestMessageBytes = 400 << 20

func main() {
	if err := serve(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve() error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := grpc.NewServer(grpc.MaxRecvMsgSize(largestMessageBytes), grpc.MaxSendMsgSize(largestMessageBytes))
	// A program is given time to answer the engine; the call that waits for it ends with it, and the server with its last call.
	host := nodejs.NewHost(server.GracefulStop)
	pulumirpc.RegisterLanguageRuntimeServer(server, host)
	for _, argument := range os.Args[1:] {
		if argument[:1] != "-" {
			host.Follow(argument)
			break
		}
	}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		host.End()
	}()
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	return server.Serve(listener)
}
