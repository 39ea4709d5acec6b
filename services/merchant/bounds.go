package merchant

// What one stall may take up at its host. Pages name these numbers.
const (
	MaxForSale    = 500       // listings that can be bought now
	MaxSoldOut    = 500       // listings shown beside them though they are sold out: the newest
	MaxPhotoBytes = 256 << 20 // of all photos kept, both sizes

	MaxPaymentLinks = 10000 // that can be paid now
	MaxLinkDays     = 366   // for which one can be
)
