// Package bank is where real money is. [Sandbox] is the bank that comes with the
// program: test money, real bookkeeping. It is what a broker collects from
// (broker.Bank), and a payment provider would take its place.
package bank
