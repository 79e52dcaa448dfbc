// A manager of controller-runtime, as many operators are: it creates a Pod, a Deployment, a Service, a Job and a CronJob for a ConfigMap,
// and ends once its reconciles change nothing any more. The typed client sends protobuf.
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/metrics/server"
)

const most = 40 // reconciles until an operator that does not come to rest gives up

var labels = map[string]string{"app": "goop"}

type reconciler struct {
	client.Client
	calls int
	quiet chan bool
}

func containers() []corev1.Container {
	return []corev1.Container{{
		Name: "main", Image: "busybox:1.36", Command: []string{"sleep", "1d"},
		Ports:         []corev1.ContainerPort{{Name: "http", ContainerPort: 8080}},
		LivenessProbe: &corev1.Probe{ProbeHandler: corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{Path: "/live", Port: intstr.FromString("http")}}},
		ReadinessProbe: &corev1.Probe{
			ProbeHandler: corev1.ProbeHandler{TCPSocket: &corev1.TCPSocketAction{Port: intstr.FromInt32(8080)}}, PeriodSeconds: 5},
		Resources: corev1.ResourceRequirements{
			Limits:   corev1.ResourceList{"cpu": resource.MustParse("500m"), "memory": resource.MustParse("64Mi")},
			Requests: corev1.ResourceList{"cpu": resource.MustParse("100m")}},
		Env:          []corev1.EnvVar{{Name: "NAME", ValueFrom: &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{FieldPath: "metadata.name"}}}},
		VolumeMounts: []corev1.VolumeMount{{Name: "settings", MountPath: "/settings"}, {Name: "scratch", MountPath: "/scratch"}},
	}}
}

func podSpec(restart corev1.RestartPolicy) corev1.PodSpec {
	settings := corev1.ConfigMapVolumeSource{LocalObjectReference: corev1.LocalObjectReference{Name: "goop"}}
	return corev1.PodSpec{RestartPolicy: restart, Containers: containers(), Volumes: []corev1.Volume{
		{Name: "settings", VolumeSource: corev1.VolumeSource{ConfigMap: &settings}},
		{Name: "scratch", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{SizeLimit: ptr(resource.MustParse("1Gi"))}}}}}
}

func ptr[T any](value T) *T { return &value }

// fill writes what this operator wants into an object, and leaves the fields that the server fills in alone.
func fill(object client.Object) {
	isNew := object.GetResourceVersion() == ""
	object.SetLabels(labels)
	template := corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}}
	switch it := object.(type) {
	case *corev1.Pod:
		if isNew {
			it.Spec = podSpec(corev1.RestartPolicyAlways)
		}
	case *appsv1.Deployment:
		it.Spec.Replicas = ptr(int32(2))
		it.Spec.MinReadySeconds = 3
		if isNew {
			template.Spec = podSpec(corev1.RestartPolicyAlways)
			it.Spec.Selector, it.Spec.Template = &metav1.LabelSelector{MatchLabels: labels}, template
			it.Spec.Strategy.RollingUpdate = &appsv1.RollingUpdateDeployment{MaxSurge: ptr(intstr.FromString("50%")), MaxUnavailable: ptr(intstr.FromInt32(0))}
			it.Spec.Strategy.Type = appsv1.RollingUpdateDeploymentStrategyType
		}
	case *corev1.Service:
		it.Spec.Selector = labels
		if len(it.Spec.Ports) == 0 {
			it.Spec.Ports = []corev1.ServicePort{{Name: "http", Port: 80}}
		}
		it.Spec.Ports[0].TargetPort = intstr.FromString("http")
	case *batchv1.Job:
		if isNew {
			template.Spec = podSpec(corev1.RestartPolicyNever)
			it.Spec.Template, it.Spec.BackoffLimit = template, ptr(int32(2))
		}
	case *batchv1.CronJob:
		it.Spec.Schedule = "*/5 * * * *"
		if isNew {
			template.Spec = podSpec(corev1.RestartPolicyOnFailure)
			it.Spec.JobTemplate.Spec.Template = template
		}
	}
}

func (r *reconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	r.calls++
	if r.calls > most {
		return ctrl.Result{}, fmt.Errorf("no rest after %d reconciles", most)
	}
	owner := &corev1.ConfigMap{}
	if err := r.Get(ctx, request.NamespacedName, owner); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	meta, changed := metav1.ObjectMeta{Name: "goop", Namespace: request.Namespace}, false
	for _, object := range []client.Object{&corev1.Pod{ObjectMeta: meta}, &appsv1.Deployment{ObjectMeta: meta}, &corev1.Service{ObjectMeta: meta},
		&batchv1.Job{ObjectMeta: meta}, &batchv1.CronJob{ObjectMeta: meta}} {
		result, err := controllerutil.CreateOrUpdate(ctx, r.Client, object, func() error {
			fill(object)
			return controllerutil.SetControllerReference(owner, object, r.Scheme())
		})
		if err != nil {
			return ctrl.Result{}, err
		}
		fmt.Printf("%T %s\n", object, result)
		changed = changed || result != controllerutil.OperationResultNone
	}
	r.quiet <- !changed
	return ctrl.Result{RequeueAfter: 500 * time.Millisecond}, nil
}

func main() {
	ctx, cancel := context.WithTimeout(ctrl.SetupSignalHandler(), time.Minute)
	if len(os.Args) > 1 && os.Args[1] == "pods" {
		exitOn(inform(ctx))
		return
	}
	manager, err := ctrl.NewManager(ctrl.GetConfigOrDie(), ctrl.Options{Metrics: server.Options{BindAddress: "0"}})
	exitOn(err)
	r := &reconciler{Client: manager.GetClient(), quiet: make(chan bool, most)}
	one := ctrl.NewControllerManagedBy(manager).For(&corev1.ConfigMap{}).Owns(&corev1.Pod{}).Owns(&appsv1.Deployment{})
	exitOn(one.Owns(&corev1.Service{}).Owns(&batchv1.Job{}).Owns(&batchv1.CronJob{}).Named("goop").Complete(onlyGoop{r}))
	atRest := false
	go func() {
		for inRow := 0; inRow < 3; {
			if <-r.quiet {
				inRow++
			} else {
				inRow = 0
			}
		}
		atRest = true
		cancel()
	}()
	exitOn(manager.Start(ctx))
	if !atRest {
		exitOn(fmt.Errorf("no rest within a minute, after %d reconciles", r.calls))
	}
	fmt.Printf("at rest after %d reconciles\n", r.calls)
}

// onlyGoop reconciles the ConfigMap goop and no other one.
type onlyGoop struct{ *reconciler }

func (o onlyGoop) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	if request.Name != "goop" {
		return ctrl.Result{}, nil
	}
	return o.reconciler.Reconcile(ctx, request)
}

func exitOn(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
