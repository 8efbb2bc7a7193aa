//go:build race

package faults_test

// slower is by how much fewer rounds the short forms make, with the race detector.
const slower = 10
