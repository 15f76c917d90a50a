package kube

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/tools/cache"
	watchtools "k8s.io/client-go/tools/watch"
)

// following lists and watches the one object of a name; a broken watch is taken up again.
func following(client dynamic.ResourceInterface, name string) cache.ListerWatcher {
	only := fields.OneTermEqualSelector("metadata.name", name).String()
	return &cache.ListWatch{
		ListWithContextFunc: func(ctx context.Context, options metav1.ListOptions) (runtime.Object, error) {
			options.FieldSelector = only
			return client.List(ctx, options)
		},
		WatchFuncWithContext: func(ctx context.Context, options metav1.ListOptions) (watch.Interface, error) {
			options.FieldSelector = only
			return client.Watch(ctx, options)
		},
	}
}

// await waits until everything in waits holds, and returns the object as it was seen last. It watches; it does not poll.
// The error, if any, says what was still missing; the object is then the last one that was seen.
func (p *Provider) await(
	ctx context.Context, c *cluster, client dynamic.ResourceInterface, urn resource.URN, live *unstructured.Unstructured,
	waits []wait, timeout time.Duration,
) (*unstructured.Unstructured, error) {
	if satisfied, _ := judge(live, waits); satisfied || c.bindsLater(ctx, live) {
		return live, nil
	}
	last, said := live, ""
	ctx, stop := context.WithTimeout(ctx, timeout)
	defer stop()
	_, err := watchtools.UntilWithSync(ctx, following(client, live.GetName()), &unstructured.Unstructured{}, nil,
		func(event watch.Event) (bool, error) {
			object, ok := event.Object.(*unstructured.Unstructured)
			if !ok {
				return false, nil
			}
			if event.Type == watch.Deleted {
				return false, errors.New("it was deleted meanwhile")
			}
			// The list that a watch begins with may come from a cache that is behind our own write.
			if resourceVersion(object) < resourceVersion(live) {
				return false, nil
			}
			last = object
			satisfied, missing := judge(object, waits)
			if missing.failed {
				return false, errors.New(missing.message)
			}
			if missing.message != said && missing.message != "" {
				said = missing.message
				p.status(ctx, urn, "Waiting: "+said)
			}
			return satisfied, nil
		})
	if err == nil {
		p.status(context.WithoutCancel(ctx), urn, "")
		return last, nil
	}
	return last, p.gaveUp(ctx, c, last, waits, timeout, said, err)
}

// resourceVersion returns an object's version as a number that grows with each write, or 0 where a server counts otherwise.
func resourceVersion(u *unstructured.Unstructured) uint64 {
	version, err := strconv.ParseUint(u.GetResourceVersion(), 10, 64)
	if err != nil {
		return 0
	}
	return version
}

// gaveUp says why a wait ended without what was waited for.
func (p *Provider) gaveUp(
	ctx context.Context, c *cluster, last *unstructured.Unstructured, waits []wait, timeout time.Duration, said string, err error,
) error {
	wanted := make([]string, len(waits))
	for i, w := range waits {
		wanted[i] = w.text
	}
	text := fmt.Sprintf("%s exists, but not as wanted (%s)", nameOf(last), strings.Join(wanted, " and "))
	switch {
	case p.ctx.Err() != nil || errors.Is(ctx.Err(), context.Canceled):
		text += ": the wait was cancelled"
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		if said == "" {
			_, missing := judge(last, waits)
			said = missing.message
		}
		text += fmt.Sprintf(": %s after %s. Wait longer with the resource option customTimeouts or the annotation %s, or find out what holds it",
			said, timeout, annotationTimeoutSeconds)
	default:
		text += ": " + c.explain(err).Error()
	}
	if details := c.podTroubles(context.WithoutCancel(ctx), last); details != "" {
		text += "\n" + details
	}
	return errors.New(text)
}

// judge says whether all waits hold, and else what the first one misses.
func judge(u *unstructured.Unstructured, waits []wait) (bool, verdict) {
	for _, w := range waits {
		if v := w.judge(u); !v.met {
			return false, v
		}
	}
	return true, verdict{met: true}
}

// bindsLater says whether a volume claim is bound only when a pod uses it, so that waiting for it would never end.
func (c *cluster) bindsLater(ctx context.Context, u *unstructured.Unstructured) bool {
	if u.GetKind() != "PersistentVolumeClaim" || u.GetAPIVersion() != "v1" {
		return false
	}
	class, _, _ := unstructured.NestedString(u.Object, "spec", "storageClassName")
	if class == "" {
		return false
	}
	wanted := &unstructured.Unstructured{}
	wanted.SetAPIVersion("storage.k8s.io/v1")
	wanted.SetKind("StorageClass")
	client, err := c.resource(ctx, wanted)
	if err != nil {
		return false
	}
	found, err := client.Get(ctx, class, metav1.GetOptions{})
	if err != nil {
		return false
	}
	mode, _, _ := unstructured.NestedString(found.Object, "volumeBindingMode")
	return mode == "WaitForFirstConsumer"
}

// podTroubles says what keeps the pods of a workload from running: the cause of a rollout that hangs is there, not in its own status.
func (c *cluster) podTroubles(ctx context.Context, u *unstructured.Unstructured) string {
	labels, found, err := unstructured.NestedStringMap(u.Object, "spec", "selector", "matchLabels")
	if u.GroupVersionKind().Group != "apps" || !found || err != nil || len(labels) == 0 {
		return ""
	}
	ctx, stop := context.WithTimeout(ctx, 5*time.Second)
	defer stop()
	pod := &unstructured.Unstructured{}
	pod.SetAPIVersion("v1")
	pod.SetKind("Pod")
	pod.SetNamespace(u.GetNamespace())
	client, err := c.resource(ctx, pod)
	if err != nil {
		return ""
	}
	pods, err := client.List(
		ctx, metav1.ListOptions{LabelSelector: metav1.FormatLabelSelector(&metav1.LabelSelector{MatchLabels: labels}), Limit: 20},
	)
	if err != nil {
		return ""
	}
	var lines []string
	for i := range pods.Items {
		if v := podReady(&pods.Items[i]); !v.met && len(lines) < 5 {
			lines = append(lines, fmt.Sprintf("  pod %s: %s", pods.Items[i].GetName(), v.message))
		}
	}
	return strings.Join(lines, "\n")
}
