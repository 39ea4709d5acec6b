// Package db is the only one that says SQL. It keeps the books of a broker
// ([Books]), the shelf of a stall ([Shelf]), the market's catalogue and the
// wallet's purse, each in a SQLite file of its own kind, or, of the kinds that
// [InPostgres] lists, in a schema of a PostgreSQL database; and decides nothing:
// constraints and conditional statements written in migrations/ decide races,
// and this package turns what they say into the refusals of package scrip.
//
// # What a commit promises
//
// Every write is part of a commit that is synced to disk (WAL,
// synchronous=FULL; in PostgreSQL, as its synchronous_commit has it) before its
// caller is told. Writers of a process wait in one queue; one
// goroutine takes all that wait, runs each in a savepoint of its own, and
// commits them together. A crash at any instant leaves whole commits only.
//
// # What erased means
//
// A dead scrip's master secrets, and reply keys that are no longer needed, are
// overwritten where they stood. SQLite's secure_delete alone does not do that:
// it zeroes a deleted row, but not the copies a b-tree leaves in the unused
// part of a page when it moves rows to another. So secrets live in the vault,
// a table of slots of one size that never move, are overwritten by triggers,
// and are used again.
//
// Until the next checkpoint older images remain on disk: the page in the
// database file, and its earlier versions in the write-ahead log. So the
// writer checkpoints and truncates the log at the latest [CheckpointEvery]
// after a commit, and on Close. From then on the bytes are in neither file.
//
// PostgreSQL overwrites nothing: there the vault's secrets are sealed under a key
// that is kept elsewhere ([SealedUnder]), and dead rows and the server's log hold
// what is of no use without it.
//
// Not promised: a reader that stays puts a checkpoint off; a process that was
// killed before its checkpoint leaves the old images until the next Open,
// which does it first; and what the file system, the disk, swap, or a copy of
// the files keeps of old blocks is beyond a program's reach. Encrypt the disk.
package db
