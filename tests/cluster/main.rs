//! The Kubernetes API in memory, seen from outside: raw requests, kube-rs clients and controllers, kubectl.

mod api;
mod controllers;
mod stories;
