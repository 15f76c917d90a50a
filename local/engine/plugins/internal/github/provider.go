// Package github wires terraform-provider-github to Pulumi with the Terraform bridge, so that programs written for the published
// @pulumi/github package of the same version run unchanged. What is set here beyond the bridge's own rules is set because the
// published plugin sets it; tests/engine/github-schema.test.ts compares the two.
package github

import (
	"github.com/integrations/terraform-provider-github/v6/github"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	bridgetokens "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge/tokens"
	shimv2 "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/sdk-v2"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
)

const (
	// Version is the version of @pulumi/github whose types this plugin serves.
	Version = "6.15.0"

	pkg    = "github"
	module = "index"
)

// Provider returns the bridged provider: names, secrets and replacement rules.
func Provider() tfbridge.ProviderInfo {
	p := tfbridge.ProviderInfo{
		P:                       shimv2.NewProvider(github.NewProvider(Version, "")()),
		Name:                    pkg,
		Version:                 Version,
		GitHubOrg:               "integrations",
		TFProviderModuleVersion: "v6",
		MetadataInfo:            tfbridge.NewProviderMetadata([]byte("{}")),
		Config: map[string]*tfbridge.SchemaInfo{
			"base_url": {Default: &tfbridge.DefaultInfo{EnvVars: []string{"GITHUB_BASE_URL"}, Value: "https://api.github.com/"}},
			"token":    {Default: &tfbridge.DefaultInfo{EnvVars: []string{"GITHUB_TOKEN"}}, Secret: tfbridge.True()},
		},
		Resources: map[string]*tfbridge.ResourceInfo{
			// GitHub keys these by name: creating the new one before deleting the old deletes the new one.
			"github_actions_environment_secret":    {DeleteBeforeReplace: true},
			"github_repository_autolink_reference": {DeleteBeforeReplace: true},
			"github_repository_collaborator":       {DeleteBeforeReplace: true},
			"github_repository_deploy_key":         {DeleteBeforeReplace: true},
			// An update in place of the list panics or answers 404 (pulumi-github issues 111, 157 and 249).
			"github_actions_organization_secret":    replacedWithItsRepositories(),
			"github_codespaces_organization_secret": replacedWithItsRepositories(),
			"github_dependabot_organization_secret": replacedWithItsRepositories(),
			// Upstream once allowed several blocks; the published types kept the list.
			"github_repository_environment": {Fields: map[string]*tfbridge.SchemaInfo{"reviewers": {MaxItemsOne: tfbridge.False()}}},
			"github_branch":                 {Fields: map[string]*tfbridge.SchemaInfo{"branch": {CSharpName: "BranchName"}}},
		},
		DataSources: map[string]*tfbridge.DataSourceInfo{
			"github_app": {Tok: tokens.ModuleMember(pkg + ":" + module + "/getGithubApp:getGithubApp")},
		},
		EnableZeroDefaultSchemaVersion: true,
		EnableAccurateBridgePreview:    true,
		EnableRawStateDelta:            true,
	}
	p.MustComputeTokens(bridgetokens.SingleModule("github_", module, bridgetokens.MakeStandard(pkg)))
	p.MustApplyAutoAliases()
	p.SetAutonaming(255, "-")
	return p
}

func replacedWithItsRepositories() *tfbridge.ResourceInfo {
	return &tfbridge.ResourceInfo{
		Fields: map[string]*tfbridge.SchemaInfo{"selected_repository_ids": {ForceNew: tfbridge.True()}},
	}
}
