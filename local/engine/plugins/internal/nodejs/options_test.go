package nodejs

import (
	"reflect"
	"strings"
	"testing"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/structpb"
)

func contains(err error, text string) bool { return strings.Contains(err.Error(), text) }

func with(t *testing.T, given map[string]any) *pulumirpc.ProgramInfo {
	t.Helper()
	options, err := structpb.NewStruct(given)
	if err != nil {
		t.Fatal(err)
	}
	return &pulumirpc.ProgramInfo{Options: options}
}

func TestNodeArgumentsAreSplitAsAShellDoes(t *testing.T) {
	t.Setenv("GATEHOUSE_DEBUG", "")
	chosen, err := optionsOf(with(t, map[string]any{"nodeargs": `--import tsx  --title 'a b' --x="c \"d\"" e\ f ''`}))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"--import", "tsx", "--title", "a b", `--x=c "d"`, "e f", ""}
	if !reflect.DeepEqual(chosen.nodeArguments, want) {
		t.Errorf("split into %q, not %q", chosen.nodeArguments, want)
	}
}

func TestOptionsThatAreNotOfTheirTypeAreNamed(t *testing.T) {
	for _, wrong := range []struct {
		options map[string]any
		said    string
	}{
		{map[string]any{"typescript": "no"}, `runtime.options.typescript in the project file must be a boolean, it is "no"`},
		{map[string]any{"nodeargs": 1}, "runtime.options.nodeargs in the project file must be a string, it is 1"},
		{map[string]any{"packagemanager": "pnpm"}, "npm only"},
		{map[string]any{"nodeargs": "--title 'a"}, "cannot be split"},
	} {
		if _, err := optionsOf(with(t, wrong.options)); err == nil || !contains(err, wrong.said) {
			t.Errorf("%v: said %v, not %q", wrong.options, err, wrong.said)
		}
	}
}

func TestStackTracesStayWholeForDebuggingOnly(t *testing.T) {
	info := with(t, map[string]any{"nodeargs": "--stack-trace-limit=0 --stack_trace_limit=1 --other"})
	for debug, want := range map[string][]string{
		"1": {"--other"},
		"0": {"--stack-trace-limit=0", "--stack_trace_limit=1", "--other"},
	} {
		t.Setenv("GATEHOUSE_DEBUG", debug)
		chosen, err := optionsOf(info)
		if err != nil || !reflect.DeepEqual(chosen.nodeArguments, want) {
			t.Errorf("with GATEHOUSE_DEBUG=%s: %q, %v", debug, chosen.nodeArguments, err)
		}
	}
}

func TestConfigurationHasTheFormThatEveryVersionOfTheSDKReads(t *testing.T) {
	environment := configurationOf(&pulumirpc.RunRequest{
		Config: map[string]string{"app:plain": "1", "app:config:old": "2"}, ConfigSecretKeys: []string{"app:plain"},
	})
	want := []string{`PULUMI_CONFIG={"app:config:old":"2","app:config:plain":"1"}`, `PULUMI_CONFIG_SECRET_KEYS=["app:plain"]`}
	if !reflect.DeepEqual(environment, want) {
		t.Errorf("it is %q, not %q", environment, want)
	}
}

func TestATextInTwoPiecesIsSeen(t *testing.T) {
	for _, pieces := range [][]string{{"xx needle"}, {"a nee", "dle b"}, {"n", "e", "e", "d", "l", "e"}} {
		watcher := &watcher{text: "needle"}
		for _, piece := range pieces {
			if _, err := watcher.Write([]byte(piece)); err != nil {
				t.Fatal(err)
			}
		}
		if !watcher.found {
			t.Errorf("not seen in %q", pieces)
		}
	}
}
