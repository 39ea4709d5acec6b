// Package services builds the program and runs it: from a [Config] it opens
// the databases, makes the parties of the protocol, puts their handlers on one
// port, listens, and stops cleanly. One binary plays every role; see [Role].
//
// [Start] is the whole program as a value that tests can build too. [Audit]
// proves, from the databases alone, that the books close.
package services
