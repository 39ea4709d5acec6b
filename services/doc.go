// Package services builds the program and runs it: from a [Config] it opens
// the databases, makes the parties of the protocol, puts their handlers on one
// port, listens, and stops cleanly. One binary plays every role; see [Role].
//
// [Start] is the whole program as a value that tests can build too. Besides,
// there are the adapters by which the services are shown in package web, which
// translate and decide nothing.
package services
