package main

import (
	"context"
	"fmt"
	"os"
	"peerscrip/services"
)

type deskCommand struct {
	Data    string `help:"The stall's data folder." default:"./data" env:"PEERSCRIP_DATA"`
	BaseURL string `help:"How the owner reaches the stall; default is the address that the broker certified." env:"PEERSCRIP_BASE_URL"`
}

// Run prints the link.
func (c deskCommand) Run() error {
	link, err := services.DeskLink(c.Data, c.BaseURL)
	if err != nil {
		return err
	}
	fmt.Println(link)
	return nil
}

// sellerCommand is what a stall's owner does on the machine with its data folder.
type sellerCommand struct {
	Talks     sellerTalks     `cmd:"" help:"List the orders and conversations whose last word is the buyer's."`
	Offer     sellerOffer     `cmd:"" help:"Answer a conversation with a private offer: what was proposed, or other terms."`
	Decline   sellerDecline   `cmd:"" help:"Decline what was proposed in a conversation."`
	Reconcile sellerReconcile `cmd:"" help:"Hold the money of the stall's protected orders against the broker's books, and print what differs."`
}

// ofStall is the flag of every command of a seller.
type ofStall struct {
	Data string `help:"The stall's data folder." default:"./data" env:"PEERSCRIP_DATA"`
}

func (s ofStall) seller() services.Seller { return services.Seller{Data: s.Data, Out: os.Stdout} }

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

type sellerReconcile struct{ ofStall }

// Run compares.
func (c sellerReconcile) Run(ctx context.Context) error { return c.seller().Reconcile(ctx) }

type blockedCommand struct {
	Data    string `help:"The data folder of the stalls." default:"./data" env:"PEERSCRIP_DATA"`
	Block   string `help:"Block the buyer of this order or conversation: no new order of it is taken, and no line of a conversation about a listing. What is paid goes on." placeholder:"ORDER"`
	Unblock string `help:"Take that back, for the pseudonym as it is listed." placeholder:"PSEUDONYM"`
}

// Run prints who is blocked, after what it changes.
func (c blockedCommand) Run(ctx context.Context) error {
	return services.Blocked(ctx, os.Stdout, c.Data, services.Blocking{Block: c.Block, Unblock: c.Unblock})
}

type queueCommand struct {
	Data  string `help:"The data folder of the stalls." default:"./data" env:"PEERSCRIP_DATA"`
	Again bool   `help:"Have all of it told again, by the process that runs on the folder or by the next."`
}

// Run prints what is set aside, and why.
func (c queueCommand) Run(ctx context.Context) error {
	return services.Queue(ctx, os.Stdout, c.Data, c.Again)
}
