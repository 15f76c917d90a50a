package kube

import (
	"context"
	"fmt"
	"reflect"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
)

const clusterIdentifier = resource.PropertyKey("clusterIdentifier")

// CheckConfig names every setting that is wrong or not served.
func (p *Provider) CheckConfig(_ context.Context, r plugin.CheckConfigRequest) (plugin.CheckConfigResponse, error) {
	_, failures := settingsOf(r.News)
	return plugin.CheckConfigResponse{Properties: r.News, Failures: failures}, nil
}

// DiffConfig replaces the provider, and so all its resources, only where it leads to another cluster; the rule is that of
// @pulumi/kubernetes: clusterIdentifier decides where it is set, else the active cluster's entry in the kubeconfig.
func (p *Provider) DiffConfig(_ context.Context, r plugin.DiffConfigRequest) (plugin.DiffConfigResponse, error) {
	olds, news := bareMap(r.OldInputs), bareMap(r.NewInputs)
	diff := olds.Diff(news)
	if diff == nil {
		return plugin.DiffResult{Changes: plugin.DiffNone}, nil
	}
	result := plugin.DiffResult{Changes: plugin.DiffSome, ChangedKeys: diff.ChangedKeys()}
	if diff.Updated(clusterIdentifier) {
		result.ReplaceKeys = []resource.PropertyKey{clusterIdentifier}
		return result, nil
	}
	if diff.Same(clusterIdentifier) && news.HasValue(clusterIdentifier) {
		return result, nil
	}
	before, _ := settingsOf(olds)
	after, _ := settingsOf(news)
	different := after.unknown
	if !different {
		oldCluster, oldKnown := before.activeCluster()
		newCluster, newKnown := after.activeCluster()
		different = oldKnown && newKnown && !reflect.DeepEqual(oldCluster, newCluster)
	}
	for _, key := range result.ChangedKeys {
		if different && (key == "kubeconfig" || key == "context" || key == "cluster") {
			result.ReplaceKeys = append(result.ReplaceKeys, key)
		}
	}
	return result, nil
}

// Configure keeps the settings. The cluster is contacted when the first resource needs it, so that a preview in which nothing of the
// cluster changes also works without it.
func (p *Provider) Configure(_ context.Context, r plugin.ConfigureRequest) (plugin.ConfigureResponse, error) {
	s, failures := settingsOf(r.Inputs)
	if len(failures) > 0 {
		reasons := make([]string, len(failures))
		for i, failure := range failures {
			reasons[i] = fmt.Sprintf("%s %s", failure.Property, failure.Reason)
		}
		return plugin.ConfigureResponse{}, fmt.Errorf(
			"the configuration of the Kubernetes provider is not valid:\n%s", strings.Join(reasons, "\n"),
		)
	}
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.settings = s
	p.cluster = nil
	return plugin.ConfigureResponse{}, nil
}
