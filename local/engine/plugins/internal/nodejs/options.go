package nodejs

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"

	"github.com/google/shlex"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// options are the `runtime.options` of a project file.
type options struct {
	// typescript lets the SDK compile TypeScript itself, as it does unless told otherwise.
	typescript bool
	tsconfig   string
	// nodeArguments are split as a shell would.
	nodeArguments []string
	// production installs no development dependencies.
	production bool
}

// stackTraceLimit is anything that names a limit on stack traces: it makes programs fast, and debugging hard.
var stackTraceLimit = regexp.MustCompile(`^--stack[-_]trace[-_]limit=`)

// optionsOf reads the options. The error names one that is not of its type. With GATEHOUSE_DEBUG=1, stack traces stay whole.
func optionsOf(info *pulumirpc.ProgramInfo) (options, error) {
	given := info.GetOptions().AsMap()
	var problem error
	boolean := func(name string, fallback bool) bool { return read(given, name, "boolean", fallback, &problem) }
	text := func(name, fallback string) string { return read(given, name, "string", fallback, &problem) }
	manager := text("packagemanager", "npm")
	chosen := options{
		typescript: boolean("typescript", true),
		tsconfig:   text("tsconfig", ""),
		production: boolean("production", false),
	}
	arguments := text("nodeargs", "")
	if problem != nil {
		return options{}, problem
	}
	if manager != "npm" && manager != "auto" {
		return options{}, fmt.Errorf("runtime.options.packagemanager is %q: this language host knows npm only", manager)
	}
	words, err := shlex.Split(arguments)
	if err != nil {
		return options{}, fmt.Errorf("runtime.options.nodeargs %q cannot be split into words: %w", arguments, err)
	}
	debug := os.Getenv("GATEHOUSE_DEBUG")
	for _, word := range words {
		if debug == "" || debug == "0" || !stackTraceLimit.MatchString(word) {
			chosen.nodeArguments = append(chosen.nodeArguments, word)
		}
	}
	return chosen, nil
}

func read[Value any](given map[string]any, name, kind string, fallback Value, problem *error) Value {
	value, present := given[name]
	if !present || value == nil {
		return fallback
	}
	if typed, right := value.(Value); right {
		return typed
	}
	text, _ := json.Marshal(value)
	*problem = fmt.Errorf("runtime.options.%s in the project file must be a %s, it is %s", name, kind, text)
	return fallback
}

// compiler is how the SDK is told to compile TypeScript.
func (options options) compiler() []string {
	var environment []string
	if options.typescript {
		environment = append(environment, "PULUMI_NODEJS_TYPESCRIPT=true")
	}
	if options.tsconfig != "" {
		environment = append(environment, "PULUMI_NODEJS_TSCONFIG_PATH="+options.tsconfig)
	}
	return environment
}

// programArguments are the arguments of `@pulumi/pulumi/cmd/run`, in the order in which the vendor's language host gives them.
func programArguments(request *pulumirpc.RunRequest, engine string) []string {
	var arguments []string
	flag := func(name, value string) {
		if value != "" {
			arguments = append(arguments, "--"+name, value)
		}
	}
	info := request.GetInfo()
	flag("monitor", request.GetMonitorAddress())
	flag("engine", engine)
	flag("organization", request.GetOrganization())
	flag("project", request.GetProject())
	flag("root-directory", info.GetRootDirectory())
	flag("stack", request.GetStack())
	flag("pwd", info.GetProgramDirectory())
	if request.GetDryRun() {
		arguments = append(arguments, "--dry-run")
	}
	flag("parallel", strconv.Itoa(int(request.GetParallel())))
	entry := info.GetEntryPoint()
	if entry == "" {
		entry = "."
	}
	return append(append(arguments, entry), request.GetArgs()...)
}

// configurationOf is the environment that carries a stack's configuration to the SDK.
func configurationOf(request *pulumirpc.RunRequest) []string {
	config := map[string]string{}
	for key, value := range request.GetConfig() {
		config[oldKey(key)] = value
	}
	secrets := request.GetConfigSecretKeys()
	if secrets == nil {
		secrets = []string{}
	}
	asJSON := func(value any) string {
		text, _ := json.Marshal(value)
		return string(text)
	}
	return []string{"PULUMI_CONFIG=" + asJSON(config), "PULUMI_CONFIG_SECRET_KEYS=" + asJSON(secrets)}
}

// oldKey is `project:name` in the form `project:config:name`, which every version of the SDK reads.
func oldKey(key string) string {
	project, name, _ := strings.Cut(key, ":")
	if strings.HasPrefix(name, "config:") {
		return key
	}
	return project + ":config:" + name
}
