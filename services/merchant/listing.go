package merchant

import (
	"context"
	"errors"
	"time"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// Item is a thing to list, as the seller describes it.
type Item struct {
	Title       string
	Description string
	Category    string
	Condition   string
	Price       scrip.Money
	Quantity    int
	Sub         string // within Category; may be empty
	Attributes  []scrip.Attribute
	Place       scrip.Place
	Delivery    []scrip.Way
	SendWithin  int                // days
	CheckWithin int                // days; 0: no protection
	Photos      []scrip.OfferPhoto // the offer's photos in order; each is among Fresh or on the shelf already
	Fresh       []scrip.Photo      // photos that are new
}

// List puts an item on the stall: an offer signed by the stall. scrip.TooMany:
// MaxForSale are for sale already.
func (s *Stall) List(ctx context.Context, item Item) (scrip.Listing, error) {
	listing, err := s.edited(ctx, Seen{}, s.Clock())
	if err != nil {
		return scrip.Listing{}, err
	}
	return s.publish(ctx, listing, item)
}

// Seen is what a seller saw of a listing when revising it.
type Seen struct {
	Offer   scrip.ID
	Version scrip.ID
	Stock   int
}

// Revise replaces an offer by a new version of it, and lists it again if it had
// ended or was sold. Whoever still has the old
// one is refused (scrip.OfferChanged), and so is a revision of what was itself
// revised, or sold from, since it was seen.
func (s *Stall) Revise(ctx context.Context, seen Seen, item Item) (scrip.Listing, error) {
	if seen.Offer == "" {
		return scrip.Listing{}, scrip.NotFound
	}
	listing, err := s.edited(ctx, seen, s.Clock())
	if err != nil {
		return scrip.Listing{}, err
	}
	return s.publish(ctx, listing, item)
}

// Edit is what is to become of one offer.
type Edit struct {
	Seen Seen // without an Offer it is new
	Item Item
	End  bool // it is taken off the stall, whatever was Seen; there is no Item
}

// MaxEdits is how many are made at once.
const MaxEdits = 1000

// Refused is a refusal of several edits for one of them.
type Refused struct {
	error
	Edit int // counted from 0
}

// RefusedAt is a refusal of one of several edits.
func RefusedAt(edit int, err error) error { return Refused{err, edit} }

// Unwrap makes it the refusal.
func (r Refused) Unwrap() error { return r.error }

// Edit makes all of some edits in one commit, or none: what one of them would be
// refused for as List, Revise or End, all are, and where that is known before the commit
// it is Refused. scrip.TooMany: beyond MaxEdits, too.
func (s *Stall) Edit(ctx context.Context, edits []Edit) error {
	if len(edits) > MaxEdits {
		return scrip.TooMany
	}
	at := s.Clock()
	change := scrip.StallChange{}
	for i, e := range edits {
		if e.End {
			change.End = append(change.End, e.Seen.Offer)
			continue
		}
		listing, err := s.edited(ctx, e.Seen, at)
		if err == nil {
			listing, err = s.version(ctx, listing, e.Item, at)
		}
		if err != nil {
			return RefusedAt(i, err)
		}
		change.List = append(change.List, listing)
		change.Photos = append(change.Photos, e.Item.Fresh...)
	}
	if len(change.List)+len(change.End) == 0 {
		return nil
	}
	err := s.apply(ctx, scrip.Change{At: at.Unix(), Stall: &change})
	s.Changed()
	return err
}

// edited is the listing that an edit begins with: the one that was seen, or a new one.
func (s *Stall) edited(ctx context.Context, seen Seen, at time.Time) (scrip.Listing, error) {
	if seen.Offer == "" {
		id, err := scrip.NewID(s.Random)
		return scrip.Listing{Offer: scrip.Offer{Offer: id}, ListedAt: at.Unix()}, err
	}
	listing, err := s.Listing(ctx, seen.Offer)
	if err == nil && (listing.Source != "" || listing.IsRequest()) {
		err = scrip.NotFound // another private offer, or payment link, takes its place
	}
	listing.Version, listing.Stock = seen.Version, seen.Stock
	return listing, err
}

// publish signs item as the next version of a listing.
func (s *Stall) publish(ctx context.Context, listing scrip.Listing, item Item) (scrip.Listing, error) {
	at := s.Clock()
	listing, err := s.version(ctx, listing, item, at)
	if err != nil {
		return scrip.Listing{}, err
	}
	if err := s.apply(ctx, scrip.Change{At: at.Unix(), Stall: &scrip.StallChange{Photos: item.Fresh, List: []scrip.Listing{listing}}}); err != nil {
		return scrip.Listing{}, err
	}
	s.Changed()
	return listing, nil
}

// version is item as the next version of a listing, signed. Nobody knows of it yet.
func (s *Stall) version(ctx context.Context, listing scrip.Listing, item Item, at time.Time) (scrip.Listing, error) {
	listing.Offer = s.offerOf(listing.Offer.Offer, item, at.Add(s.OfferLifetime))
	if err := listing.Valid(); err != nil {
		return scrip.Listing{}, err
	}
	if err := s.checkPhotos(ctx, item); err != nil {
		return scrip.Listing{}, err
	}
	listing.Replaces, listing.StockWas, listing.Stock = listing.Version, listing.Stock, item.Quantity
	listing.Ended = false
	return listing, s.sign(&listing, at)
}

// offerOf is an item as the stall offers it until a time.
func (s *Stall) offerOf(id scrip.ID, item Item, until time.Time) scrip.Offer {
	o := scrip.Offer{
		Offer: id, Vendor: s.Vendor(), Title: item.Title, Description: item.Description,
		Category: item.Category, Condition: item.Condition, Price: item.Price, Currency: s.BrokerInfo().Currency.Code,
		Quantity: item.Quantity, Photos: item.Photos, ValidUntil: until.Unix(),
		Edition: scrip.Edition, Sub: item.Sub, Attributes: item.Attributes, Place: item.Place, Delivery: item.Delivery,
		SendWithin: item.SendWithin, CheckWithin: item.CheckWithin,
	}
	if o.Photos == nil {
		o.Photos = []scrip.OfferPhoto{} // an offer without photos says so: [] on the wire
	}
	return o
}

// checkPhotos refuses photos that the stall does not have (scrip.NotFound):
// nobody could look at them.
func (s *Stall) checkPhotos(ctx context.Context, item Item) error {
	fresh := map[string]bool{}
	for _, photo := range item.Fresh {
		fresh[photo.Digest] = true
	}
	for _, photo := range item.Photos {
		if fresh[photo.Digest] {
			continue
		}
		has, err := s.HasPhoto(ctx, photo.Digest)
		if err == nil && !has {
			err = scrip.NotFound
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *Stall) sign(listing *scrip.Listing, at time.Time) error {
	version, err := scrip.NewID(s.Random)
	if err != nil {
		return err
	}
	vendor := string(s.Vendor())
	signed, err := jose.Sign(s.Random, scrip.Compose(vendor, vendor, version, at.Unix(), listing.Offer, scrip.Attachments{}), s.Keys.Signing)
	listing.Version, listing.JWS = version, signed.JWS
	return err
}

// End takes an offer off the stall for good.
func (s *Stall) End(ctx context.Context, offer scrip.ID) error {
	if _, err := s.Listing(ctx, offer); err != nil {
		return err
	}
	err := s.apply(ctx, scrip.Change{At: s.Clock().Unix(), Stall: &scrip.StallChange{End: []scrip.ID{offer}}})
	s.Changed()
	return err
}

// Listing returns one of the stall's offers, or scrip.NotFound.
func (s *Stall) Listing(ctx context.Context, offer scrip.ID) (scrip.Listing, error) {
	listing, err := s.Shelf.Listing(ctx, offer)
	return listing, absent(err)
}

// ItemOf is what is left of a listing, to be listed again. What was offered before
// there was an edition is posted at its postage, sent within a fortnight and not
// protected: nothing else was promised.
func ItemOf(l scrip.Listing) Item {
	item := Item{
		Title: l.Title, Description: l.Description, Category: l.Category, Condition: l.Condition,
		Price: l.Price, Quantity: l.Stock, Photos: l.Photos,
		Sub: l.Sub, Attributes: l.Attributes, Place: l.Place, Delivery: l.Ways(),
		SendWithin: l.SendWithin, CheckWithin: l.CheckWithin,
	}
	if l.Edition == "" {
		item.SendWithin = scrip.MaxSendWithin
	}
	return item
}

// Restock adds so many to what is left of an offer, whatever was bought meanwhile, and lists
// it again if it had ended or was sold out. scrip.TooMany: more than scrip.MaxQuantity;
// scrip.OfferChanged: it is bought or changed so fast that it should be asked again.
func (s *Stall) Restock(ctx context.Context, offer scrip.ID, add int) (scrip.Listing, error) {
	err := error(scrip.OfferChanged)
	for range mostTries {
		was, lookErr := s.Listing(ctx, offer)
		if lookErr != nil {
			return scrip.Listing{}, lookErr
		}
		item := ItemOf(was)
		item.Quantity += add
		var l scrip.Listing
		if l, err = s.Revise(ctx, Seen{offer, was.Version, was.Stock}, item); !errors.Is(err, scrip.OfferChanged) {
			return l, err
		}
	}
	return scrip.Listing{}, err
}

// renewOffers signs anew what is about to run out, and tells the seller of what is not,
// because nothing of it is left.
func (s *Stall) renewOffers(ctx context.Context) error {
	listings, err := s.Shelf.Listings(ctx)
	if err != nil {
		return err
	}
	var failed error
	var lapse []scrip.Listing
	for _, l := range listings {
		if l.Ended || s.Clock().Add(renewal).Unix() < l.ValidUntil {
			continue
		}
		if l.Stock == 0 {
			lapse = append(lapse, l)
			continue
		}
		_, err := s.publish(ctx, l, ItemOf(l))
		failed = errors.Join(failed, err)
	}
	return errors.Join(failed, s.tellLapsing(ctx, lapse))
}
