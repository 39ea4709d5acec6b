// Nothing of the insides is exported to tests: those of the folder world do without.

package market
