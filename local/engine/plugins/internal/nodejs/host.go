// Package nodejs answers the calls that the Pulumi engine makes on a language host, for programs in Node.js.
package nodejs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/grpc/connectivity"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/emptypb"
)

// alreadyExplained is the code with which the SDK ends a program when it has told the user what is wrong: nothing is to be added.
const alreadyExplained = 32

// Host serves one engine.
type Host struct {
	pulumirpc.UnimplementedLanguageRuntimeServer

	// running ends when nothing may run any longer.
	running context.Context
	stop    context.CancelFunc
	ended   func()
	once    sync.Once

	engine string
}

// NewHost makes a host. `ended` is called once, when there is nobody left to serve.
func NewHost(ended func()) *Host {
	running, stop := context.WithCancel(context.Background())
	return &Host{running: running, stop: stop, ended: ended}
}

// End stops what runs, and then the host.
func (host *Host) End() {
	host.stop()
	host.once.Do(host.ended)
}

// Follow ends the host with the engine at an address. An engine that was killed tells nobody: its connection closes, and a new one is
// refused.
func (host *Host) Follow(engine string) {
	if engine == host.engine {
		return
	}
	host.engine = engine
	connection, err := grpc.NewClient(engine, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return
	}
	go func() {
		for met := false; ; {
			state := connection.GetState()
			met = met || state == connectivity.Ready
			if met && state == connectivity.TransientFailure {
				host.End()
				return
			}
			if state == connectivity.Idle {
				connection.Connect()
			}
			connection.WaitForStateChange(context.Background(), state)
		}
	}()
}

// Handshake tells the host whom it serves.
func (host *Host) Handshake(
	_ context.Context, request *pulumirpc.LanguageHandshakeRequest,
) (*pulumirpc.LanguageHandshakeResponse, error) {
	host.Follow(request.GetEngineAddress())
	return &pulumirpc.LanguageHandshakeResponse{}, nil
}

// Run runs a program to its end.
func (host *Host) Run(ctx context.Context, request *pulumirpc.RunRequest) (*pulumirpc.RunResponse, error) {
	code, err := host.runProgram(ctx, request)
	switch {
	case err != nil:
		return &pulumirpc.RunResponse{Error: err.Error()}, nil
	case code == alreadyExplained:
		return &pulumirpc.RunResponse{Bail: true}, nil
	}
	return &pulumirpc.RunResponse{}, nil
}

// runProgram returns the code of a program that has ended well or has explained why not, and an error for any other end.
func (host *Host) runProgram(ctx context.Context, request *pulumirpc.RunRequest) (int, error) {
	if request.GetAttachDebugger() {
		return 0, errors.New(`--attach-debugger is not known to this language host: set runtime.options.nodeargs to "--inspect-brk" instead`)
	}
	options, err := optionsOf(request.GetInfo())
	if err != nil {
		return 0, err
	}
	module := os.Getenv("PULUMI_LANGUAGE_NODEJS_RUN_PATH")
	if module == "" {
		module = "@pulumi/pulumi/cmd/run"
	}
	script, err := locate(module, directoryOf(request.GetInfo()))
	if err != nil {
		return 0, err
	}
	memory := &watcher{text: "JavaScript heap out of memory"}
	command, release := host.command(ctx, "node", options.nodeArguments, []string{script}, programArguments(request, host.engine))
	defer release()
	command.Env = slices.Concat(os.Environ(), configurationOf(request), options.compiler())
	// The engine reads the host's own streams and shows them as the program's.
	command.Stdout, command.Stderr = os.Stdout, io.MultiWriter(os.Stderr, memory)
	end, err := run(command)
	if err != nil || end.code == 0 || end.code == alreadyExplained {
		return end.code, err
	}
	advice := ""
	if memory.found {
		advice = ". Node ran out of memory: add --max-old-space-size=<megabytes> to runtime.options.nodeargs"
	}
	return end.code, errors.New(end.problem() + advice)
}

// RunPlugin runs a plugin or a policy pack that is written for Node.js.
func (host *Host) RunPlugin(
	request *pulumirpc.RunPluginRequest, stream pulumirpc.LanguageRuntime_RunPluginServer,
) error {
	directory := directoryOf(request.GetInfo())
	options, err := optionsOf(request.GetInfo())
	if err != nil {
		return err
	}
	// Policy packs take their folder last, other plugins first; nodeargs come after the script: so does the vendor's language host.
	module, own, in := "@pulumi/pulumi/cmd/run-plugin", append([]string{directory}, request.GetArgs()...), request.GetPwd()
	if request.GetKind() == "analyzer" {
		module, own, in = "@pulumi/pulumi/cmd/run-policy-pack", append(request.GetArgs(), directory), directory
	}
	script, err := locate(module, directory)
	if err != nil {
		return err
	}
	environment := request.GetEnv()
	if len(environment) == 0 {
		environment = os.Environ()
	}
	// A policy pack has no project file that could name arguments for Node before the script.
	if own, given := os.LookupEnv("GATEHOUSE_PACK_NODE_OPTIONS"); given && request.GetKind() == "analyzer" {
		environment = append(environment, "NODE_OPTIONS="+os.Getenv("NODE_OPTIONS")+" "+own)
	}
	output := &sender[pulumirpc.RunPluginResponse]{stream: stream}
	command, release := host.command(stream.Context(), "node", []string{script}, options.nodeArguments, own)
	defer release()
	command.Dir, command.Env = in, slices.Concat(environment, options.compiler())
	command.Stdout = output.as(func(chunk []byte) *pulumirpc.RunPluginResponse {
		return &pulumirpc.RunPluginResponse{Output: &pulumirpc.RunPluginResponse_Stdout{Stdout: chunk}}
	})
	command.Stderr = output.as(func(chunk []byte) *pulumirpc.RunPluginResponse {
		return &pulumirpc.RunPluginResponse{Output: &pulumirpc.RunPluginResponse_Stderr{Stderr: chunk}}
	})
	end, err := run(command)
	if err != nil {
		return err
	}
	code := int32(1)
	if end.signal == "" {
		code = int32(end.code)
	}
	return stream.Send(&pulumirpc.RunPluginResponse{Output: &pulumirpc.RunPluginResponse_Exitcode{Exitcode: code}})
}

// GetRequiredPackages says which plugins the installed packages need.
func (host *Host) GetRequiredPackages(
	_ context.Context, request *pulumirpc.GetRequiredPackagesRequest,
) (*pulumirpc.GetRequiredPackagesResponse, error) {
	packages, err := requiredPackages(directoryOf(request.GetInfo()))
	return &pulumirpc.GetRequiredPackagesResponse{Packages: packages}, err
}

// GetRequiredPlugins says the same to older engines.
func (host *Host) GetRequiredPlugins(
	_ context.Context, request *pulumirpc.GetRequiredPluginsRequest,
) (*pulumirpc.GetRequiredPluginsResponse, error) {
	packages, err := requiredPackages(directoryOf(request.GetInfo()))
	response := &pulumirpc.GetRequiredPluginsResponse{}
	for _, found := range packages {
		response.Plugins = append(response.Plugins, &pulumirpc.PluginDependency{
			Name: found.Name, Kind: found.Kind, Version: found.Version, Server: found.Server,
		})
	}
	return response, err
}

// GetProgramDependencies lists what a program depends on.
func (host *Host) GetProgramDependencies(
	_ context.Context, request *pulumirpc.GetProgramDependenciesRequest,
) (*pulumirpc.GetProgramDependenciesResponse, error) {
	dependencies, err := programDependencies(directoryOf(request.GetInfo()), request.GetTransitiveDependencies())
	return &pulumirpc.GetProgramDependenciesResponse{Dependencies: dependencies}, err
}

// InstallDependencies runs npm.
func (host *Host) InstallDependencies(
	request *pulumirpc.InstallDependenciesRequest, stream pulumirpc.LanguageRuntime_InstallDependenciesServer,
) error {
	directory := directoryOf(request.GetInfo())
	options, err := optionsOf(request.GetInfo())
	if err != nil {
		return err
	}
	arguments := []string{"install"}
	if _, err := os.Stat(filepath.Join(directory, "package-lock.json")); err == nil {
		arguments = []string{"ci"}
	}
	if options.production {
		arguments = append(arguments, "--omit=dev")
	}
	words := "npm " + strings.Join(arguments, " ")
	output := &sender[pulumirpc.InstallDependenciesResponse]{stream: stream}
	say := output.as(func(chunk []byte) *pulumirpc.InstallDependenciesResponse {
		return &pulumirpc.InstallDependenciesResponse{Stdout: chunk}
	})
	if _, err := fmt.Fprintf(say, "Installing dependencies: %s\n", words); err != nil {
		return err
	}
	command, release := host.command(stream.Context(), "npm", arguments)
	defer release()
	command.Dir, command.Stdout = directory, say
	command.Stderr = output.as(func(chunk []byte) *pulumirpc.InstallDependenciesResponse {
		return &pulumirpc.InstallDependenciesResponse{Stderr: chunk}
	})
	end, err := run(command)
	if err != nil {
		return err
	}
	if end.code != 0 || end.signal != "" {
		return fmt.Errorf("%s in %s: %s", words, directory, end.problem())
	}
	_, err = fmt.Fprintln(say, "Finished installing dependencies")
	return err
}

// About names the Node that runs programs.
func (host *Host) About(ctx context.Context, _ *pulumirpc.AboutRequest) (*pulumirpc.AboutResponse, error) {
	node, err := exec.LookPath("node")
	if err != nil {
		return nil, err
	}
	version, err := exec.CommandContext(ctx, node, "--version").Output()
	return &pulumirpc.AboutResponse{Executable: node, Version: strings.TrimSpace(string(version))}, err
}

// GetPluginInfo says no version: the host is built with the engine that starts it.
func (host *Host) GetPluginInfo(context.Context, *emptypb.Empty) (*pulumirpc.PluginInfo, error) {
	return &pulumirpc.PluginInfo{}, nil
}

// Cancel ends what runs.
func (host *Host) Cancel(context.Context, *emptypb.Empty) (*emptypb.Empty, error) {
	host.stop()
	return &emptypb.Empty{}, nil
}

func directoryOf(info *pulumirpc.ProgramInfo) string {
	if directory := info.GetProgramDirectory(); directory != "" {
		return directory
	}
	return "."
}

// locate finds the file of a module as Node does: a path, or a package in the node_modules of a folder or of one above it.
func locate(module, directory string) (string, error) {
	entry := func(folder string) (string, bool) {
		file := filepath.Join(folder, module, "index.js")
		_, err := os.Stat(file)
		return file, err == nil
	}
	if filepath.IsAbs(module) || strings.HasPrefix(module, ".") {
		if filepath.IsAbs(module) {
			directory = ""
		}
		if file, found := entry(directory); found {
			return file, nil
		}
	} else {
		for folder := directory; ; folder = filepath.Dir(folder) {
			if file, found := entry(filepath.Join(folder, "node_modules")); found {
				return file, nil
			}
			if folder == filepath.Dir(folder) {
				break
			}
		}
	}
	return "", fmt.Errorf("the Pulumi SDK is not installed in %s: run `npm ci` there", directory)
}
