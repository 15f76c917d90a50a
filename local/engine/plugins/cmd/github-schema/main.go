// Command github-schema writes the Pulumi schema of the GitHub plugin to the file it is given.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"gatehouse/plugins/internal/github"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfgen"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag/colors"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: github-schema FILE")
		os.Exit(2)
	}
	if err := write(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "github-schema:", err)
		os.Exit(1)
	}
}

func write(file string) error {
	// The generator complains about upstream's documentation pages, which are not part of the Go module: descriptions stay empty.
	sink := diag.DefaultSink(os.Stderr, os.Stderr, diag.FormatOptions{Color: colors.Never})
	spec, err := tfgen.GenerateSchema(github.Provider(), sink)
	if err != nil {
		return err
	}
	spec.Version = github.Version
	encoded, err := json.Marshal(spec)
	if err != nil {
		return err
	}
	return os.WriteFile(file, encoded, 0o644)
}
