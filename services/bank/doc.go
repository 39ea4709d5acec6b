// Package bank is where real money is. [Sandbox] is the bank that comes with the
// program: test money, real bookkeeping. [Gateway] is a bank of real money, which
// comes and goes through payment providers ([Provider]). Either is what a broker
// collects from, and pays into (broker.Bank).
package bank
