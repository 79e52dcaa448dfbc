package main

import (
	"context"
	"fmt"
	"sort"
	"strings"

	corev1 "k8s.io/api/core/v1"
	toolscache "k8s.io/client-go/tools/cache"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
)

// inform prints the names of all pods in the cache of an informer, at first and whenever an event has changed it.
func inform(ctx context.Context) error {
	pods, err := cache.New(ctrl.GetConfigOrDie(), cache.Options{})
	if err != nil {
		return err
	}
	informer, err := pods.GetInformer(ctx, &corev1.Pod{}, cache.BlockUntilSynced(false))
	if err != nil {
		return err
	}
	changed := make(chan bool, 1)
	notify := func() {
		select {
		case changed <- true:
		default: // The next look sees this change too.
		}
	}
	if _, err := informer.AddEventHandler(toolscache.ResourceEventHandlerFuncs{
		AddFunc:    func(any) { notify() },
		UpdateFunc: func(any, any) { notify() },
		DeleteFunc: func(any) { notify() },
	}); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- pods.Start(ctx) }()
	if !pods.WaitForCacheSync(ctx) {
		return fmt.Errorf("the cache did not fill")
	}
	for last := "-"; ; {
		list := &corev1.PodList{}
		if err := pods.List(ctx, list); err != nil {
			return err
		}
		names := make([]string, 0, len(list.Items))
		for _, pod := range list.Items {
			names = append(names, pod.Name)
		}
		sort.Strings(names)
		if line := strings.Join(names, " "); line != last {
			last = line
			fmt.Println(line)
		}
		select {
		case <-changed:
		case err := <-ended:
			return err
		}
	}
}
