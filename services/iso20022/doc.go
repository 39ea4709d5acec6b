// Package iso20022 reads and writes the files in which banks and their customers speak (ISO 20022, in XML): statements (camt.053),
// notifications (camt.054) and status reports (pain.002) in, credit transfers (pain.001) out. It knows of a message what is needed to
// book it, holds that to the forms of the schemas, and passes over the rest. It knows nothing of books, and reads no clock.
package iso20022
