package main

import (
	"context"
	"fmt"
	"os"
	"peerscrip/services"
	"peerscrip/services/scrip"
)

type deskCommand struct {
	keeping
	Data    string `help:"The stall's data folder." default:"./data" env:"PEERSCRIP_DATA"`
	BaseURL string `help:"How the owner reaches the stall; default is the address that the broker certified." env:"PEERSCRIP_BASE_URL"`
}

// Run prints the link.
func (c deskCommand) Run(ctx context.Context) error {
	link, err := services.DeskLink(ctx, c.at(c.Data), c.BaseURL)
	if err != nil {
		return err
	}
	fmt.Println(link)
	return nil
}

// sellerCommand is what a stall's owner does on the machine with its data folder.
type sellerCommand struct {
	Talks         sellerTalks         `cmd:"" help:"List the orders and conversations whose last word is the buyer's."`
	Offer         sellerOffer         `cmd:"" help:"Answer a conversation with a private offer: what was proposed, or other terms."`
	Decline       sellerDecline       `cmd:"" help:"Decline what was proposed in a conversation."`
	Message       sellerMessage       `cmd:"" help:"Write to the buyer of an order, or in a conversation."`
	Sent          sellerSent          `cmd:"" help:"Say that an order is on its way, or where it can be followed."`
	AcceptReturn  sellerAcceptReturn  `cmd:"" help:"Take back an order that its buyer asked to return, and say where it is to be sent."`
	DeclineReturn sellerDeclineReturn `cmd:"" help:"Say why an order is not taken back that its buyer asked to return."`
	Refund        sellerRefund        `cmd:"" help:"Give an order's price back to its buyer, or part of it; or show what was given back."`
	Defend        sellerDefend        `cmd:"" help:"Answer the dispute of an order, with photos that show it. What was offered, paid and written is shown too, as far as it fits, without addresses."`
	Export        sellerExport        `cmd:"" help:"Print all listings as a file (CSV), to be changed in a spreadsheet and imported."`
	Import        sellerImport        `cmd:"" help:"List, change and end what a file of listings says: all of it, or nothing where something is wrong. A row without a word under offer is a new listing; one with it changes that listing, or ends it with ended under state."`
	Reconcile     sellerReconcile     `cmd:"" help:"Hold the money of the stall's protected orders against the broker's books, and print what differs."`
}

// ofStall are the flags of every command of a seller.
type ofStall struct {
	keeping
	Data string `help:"The stall's data folder." default:"./data" env:"PEERSCRIP_DATA"`
}

func (s ofStall) seller() services.Seller { return services.Seller{At: s.at(s.Data), Out: os.Stdout} }

type sellerTalks struct{ ofStall }

// Run lists them.
func (c sellerTalks) Run(ctx context.Context) error { return c.seller().Talks(ctx) }

type sellerOffer struct {
	ofStall
	Conversation string `arg:"" help:"The conversation, as talks prints it."`
	Text         string `arg:"" optional:"" help:"A word with it, of at most 500 characters."`
	Price        string `help:"Of one, like 10.00; default is what was proposed."`
	Quantity     int    `help:"How many together; default is as many as were proposed."`
	Hours        int    `help:"For how many hours it stands, 72 at most." default:"72"`
}

// Run offers.
func (c sellerOffer) Run(ctx context.Context) error {
	return c.seller().Offer(ctx, services.Bargain{Conversation: c.Conversation, Price: c.Price, Quantity: c.Quantity, Hours: c.Hours, Text: c.Text})
}

type sellerDecline struct {
	ofStall
	Conversation string `arg:"" help:"The conversation, as talks prints it."`
	Text         string `arg:"" optional:"" help:"A word with it, of at most 500 characters."`
}

// Run declines.
func (c sellerDecline) Run(ctx context.Context) error {
	return c.seller().Decline(ctx, c.Conversation, c.Text)
}

type sellerMessage struct {
	ofStall
	Order string `arg:"" help:"The order or conversation, as talks prints it."`
	Text  string `arg:"" help:"At most 2,000 characters."`
}

// Run writes.
func (c sellerMessage) Run(ctx context.Context) error {
	return c.seller().Message(ctx, c.Order, c.Text)
}

type sellerSent struct {
	ofStall
	Order    string `arg:"" help:"The order, as talks prints it."`
	Text     string `arg:"" optional:"" help:"A word to the buyer, of at most 500 characters."`
	Carrier  string `help:"Who brings it." placeholder:"NAME"`
	Tracking string `help:"The parcel's number." placeholder:"NUMBER"`
}

// Run says so.
func (c sellerSent) Run(ctx context.Context) error {
	return c.seller().Sent(ctx, c.Order, scrip.Parcel{Note: c.Text, Carrier: c.Carrier, Tracking: c.Tracking})
}

type sellerAcceptReturn struct {
	ofStall
	Order string `arg:"" help:"The order, as talks prints it."`
	Where string `arg:"" help:"Where it is to be sent, and how, in at most 1,000 characters."`
	Pays  string `help:"Who pays for the way back: seller or buyer." enum:"seller,buyer" default:"seller"`
}

// Run accepts.
func (c sellerAcceptReturn) Run(ctx context.Context) error {
	return c.seller().AcceptReturn(ctx, c.Order, c.Where, map[string]scrip.Side{"seller": scrip.Seller, "buyer": scrip.Buyer}[c.Pays])
}

type sellerDeclineReturn struct {
	ofStall
	Order string `arg:"" help:"The order, as talks prints it."`
	Why   string `arg:"" help:"Why, in at most 500 characters."`
}

// Run declines.
func (c sellerDeclineReturn) Run(ctx context.Context) error {
	return c.seller().DeclineReturn(ctx, c.Order, c.Why)
}

type sellerRefund struct {
	ofStall
	Order  string `arg:"" help:"The order, as talks prints it."`
	Amount string `arg:"" optional:"" help:"How much, like 10.00; without it nothing is given back, and it is shown what was."`
}

// Run refunds.
func (c sellerRefund) Run(ctx context.Context) error {
	return c.seller().Refund(ctx, c.Order, c.Amount)
}

type sellerDefend struct {
	ofStall
	Order string   `arg:"" help:"The order, as talks prints it."`
	Text  string   `arg:"" help:"What you have to say to it, in at most 2,000 characters: the market's operator reads it, and the buyer."`
	Photo []string `help:"A photo that shows it, a JPEG, PNG, GIF or WebP: up to 8 of an order. The buyer is shown it, too." type:"existingfile" sep:"none"`
}

// Run answers the dispute.
func (c sellerDefend) Run(ctx context.Context) error {
	return c.seller().Defend(ctx, c.Order, c.Text, c.Photo)
}

type sellerExport struct{ ofStall }

// Run prints the file.
func (c sellerExport) Run(ctx context.Context) error { return c.seller().Export(ctx) }

type sellerImport struct {
	ofStall
	File   string `arg:"" help:"The file, as export prints it, in UTF-8: up to 1,000 rows and 2 MB." type:"existingfile"`
	DryRun bool   `help:"Only show what it would do."`
}

// Run imports.
func (c sellerImport) Run(ctx context.Context) error {
	return c.seller().Import(ctx, c.File, c.DryRun)
}

type sellerReconcile struct{ ofStall }

// Run compares.
func (c sellerReconcile) Run(ctx context.Context) error { return c.seller().Reconcile(ctx) }

type blockedCommand struct {
	keeping
	Data    string `help:"The data folder of the stalls." default:"./data" env:"PEERSCRIP_DATA"`
	Block   string `help:"Block the buyer of this order or conversation: no new order of it is taken, and no line of a conversation about a listing. What is paid goes on." placeholder:"ORDER"`
	Unblock string `help:"Take that back, for the pseudonym as it is listed." placeholder:"PSEUDONYM"`
}

// Run prints who is blocked, after what it changes.
func (c blockedCommand) Run(ctx context.Context) error {
	return services.Blocked(ctx, os.Stdout, c.at(c.Data), services.Blocking{Block: c.Block, Unblock: c.Unblock})
}

type queueCommand struct {
	keeping
	Data  string `help:"The data folder of the stalls." default:"./data" env:"PEERSCRIP_DATA"`
	Again bool   `help:"Have all of it told again, by the process that runs on the folder or by the next."`
}

// Run prints what is set aside, and why.
func (c queueCommand) Run(ctx context.Context) error {
	return services.Queue(ctx, os.Stdout, c.at(c.Data), c.Again)
}
