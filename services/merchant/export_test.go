package merchant

// ReconcileLast has Reconcile look at so many orders, and returns what undoes it.
func ReconcileLast(orders int) (undo func()) {
	before := mostReconciled
	mostReconciled = orders
	return func() { mostReconciled = before }
}
