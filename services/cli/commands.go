package cli

import (
	"context"
	"crypto/rand"
	"errors"
	"os"

	"peerscrip/services/scrip"
)

// Command is the wallet's part of the command line.
type Command struct {
	Make     walletMake     `cmd:"" help:"Make a wallet and open its account at the broker."`
	Fund     walletFund     `cmd:"" help:"Put test money into the wallet's sandbox bank account."`
	Bank     walletBank     `cmd:"" help:"Show the account's bank account, or change it."`
	Load     walletLoad     `cmd:"" help:"Load money from the bank, to what is there."`
	Cancel   walletCancel   `cmd:"" help:"Call off the load that waits for your word at the bank."`
	Withdraw walletWithdraw `cmd:"" help:"Withdraw to the bank what is good at every stall."`
	Leave    walletLeave    `cmd:"" help:"Withdraw, and give back each stall's own money too: everything goes to the bank."`
	GiveUp   walletGiveUp   `cmd:"" help:"Give up what a stall does not give back: it is in the wallet again, to be spent there or given back later."`
	Rescue   walletRescue   `cmd:"" help:"Have the bank get back what is at a stall that is gone: closed by the broker, or without a valid certificate."`
	Renew    walletRenew    `cmd:"" help:"Renew what has expired or soon will."`
	Plan     walletPlan     `cmd:"" help:"Show what buying a listing would take, or several of one stall."`
	Pay      walletPay      `cmd:"" help:"Buy a listing, or several of one stall together."`
	Exchange walletExchange `cmd:"" help:"Exchange money for a stall's own, to buy there without the broker."`
	Collect  walletCollect  `cmd:"" help:"Collect what sellers take back of purchases. plan and pay do so at their stall."`
	Earnings walletEarnings `cmd:"" help:"Show what the account's stalls have earned, and what it had back of protected purchases."`
	Payout   walletPayout   `cmd:"" help:"Have earnings, and what came back of protected purchases, paid to the bank or into the wallet."`
	Balance  walletBalance  `cmd:"" help:"Show what the wallet holds, after finishing what is unfinished."`
	Receipts walletReceipts `cmd:"" help:"Show the newest receipts."`
	Orders   walletOrders   `cmd:"" help:"Show what sellers and you wrote about orders and listings, after asking them, or hold an order against what its stall has."`
	Message  walletMessage  `cmd:"" help:"Write to the seller of an order, or in a conversation."`
	Ask      walletAsk      `cmd:"" help:"Ask the seller of a listing, before you buy."`
	Propose  walletPropose  `cmd:"" help:"Propose another price to the seller of a listing, who answers with a private offer or declines."`
	Photo    walletPhoto    `cmd:"" help:"Show the seller of an order, or in a conversation, a photo."`
	Photos   walletPhotos   `cmd:"" help:"Save the photos of an order, or of a conversation, in a folder."`
	Address  walletAddress  `cmd:"" help:"Give another address for an order that was not sent yet."`
	Received walletReceived `cmd:"" help:"Say that an order is here."`
	Return   walletReturn   `cmd:"" help:"Ask the seller to take an order back, and say why."`
	Returned walletReturned `cmd:"" help:"Say that an order is on its way back, which the seller takes back."`
	Keep     walletKeep     `cmd:"" help:"Keep after all what you asked to send back."`
	CallOff  walletCallOff  `cmd:"" help:"Ask the seller to cancel an order that was not sent yet."`
	Rate     walletRate     `cmd:"" help:"Rate a purchase with 1 to 5 stars, or see what you said of it and whether it is published."`
	Holds    walletHolds    `cmd:"" help:"Show what the broker holds of your purchases, until when, and what you can do."`
	Release  walletRelease  `cmd:"" help:"Say that a protected purchase is here and fine: its seller is paid now."`
	Reclaim  walletReclaim  `cmd:"" help:"Take the money of a protected purchase back that was not sent in time."`
	Dispute  walletDispute  `cmd:"" help:"Say what is wrong with a protected purchase: the money waits for the broker's decision."`
	Backup   walletBackup   `cmd:"" help:"Back the wallet up to a file, encrypted under the passphrase, and try it."`
	Restore  walletRestore  `cmd:"" help:"Restore the wallet from a backup, in a folder without one."`

	Data       string `help:"Folder of the purse, made when missing." default:"./data" env:"PEERSCRIP_DATA"`
	BrokerURL  string `help:"Base URL of the broker." default:"http://127.0.0.1:8080" env:"PEERSCRIP_BROKER_URL"`
	BrokerKey  string `help:"Fingerprint of one of the broker's keys, as its operator told it; default is to believe the first that are shown." env:"PEERSCRIP_BROKER_KEY"`
	Passphrase string `help:"Opens the purse; better set in the environment than typed as a flag." required:"" env:"PEERSCRIP_PASSPHRASE"`
}

func (c *Command) config() Config {
	return Config{
		Data: c.Data, BrokerURL: c.BrokerURL, BrokerKey: c.BrokerKey, Passphrase: c.Passphrase, In: os.Stdin, Out: os.Stdout, Random: rand.Reader,
	}
}

// with opens the purse for one command; open is Open or Look.
func (c *Command) with(ctx context.Context, open func(context.Context, Config) (*Wallet, error), do func(*Wallet) error) error {
	purse, err := open(ctx, c.config())
	if err != nil {
		return err
	}
	return errors.Join(purse.InWords(do(purse)), purse.Close())
}

// unlocked opens the purse and the wallet in it.
func (c *Command) unlocked(ctx context.Context, do func(*Wallet) error) error {
	return c.with(ctx, Open, unlock(ctx, do))
}

// looking opens the purse and the wallet in it to look, beside other commands.
func (c *Command) looking(ctx context.Context, do func(*Wallet) error) error {
	return c.with(ctx, Look, unlock(ctx, do))
}

func unlock(ctx context.Context, do func(*Wallet) error) func(*Wallet) error {
	return func(w *Wallet) error {
		if err := w.Unlock(ctx); err != nil {
			return err
		}
		return do(w)
	}
}

type walletMake struct {
	Bank  string `help:"Reference of the bank account; default is a new one at the sandbox bank." xor:"bank"`
	Name  string `help:"Name shown to customers, for who will sell." xor:"name"`
	Stall string `help:"Data folder of a stand-alone stall: the wallet is of the account that owns it, and no new one is opened." type:"existingdir" xor:"bank,name" placeholder:"FOLDER"`
}

// Run makes the wallet.
func (c walletMake) Run(ctx context.Context, line *Command) error {
	return line.with(ctx, Open, func(w *Wallet) error {
		if c.Stall != "" {
			return w.MakeOf(ctx, c.Stall)
		}
		return w.Make(ctx, c.Bank, c.Name)
	})
}

type walletFund struct {
	Amount string `arg:"" help:"Like 50.00."`
}

// Run puts test money in.
func (c walletFund) Run(ctx context.Context, line *Command) error {
	return line.unlocked(ctx, func(w *Wallet) error { return w.Fund(ctx, c.Amount) })
}

type walletBank struct {
	Reference string `arg:"" optional:"" help:"Reference of another bank account, which is to be the account's from now on." xor:"bank"`
	New       bool   `help:"Open another account at the sandbox bank." xor:"bank"`
}

// Run shows or changes the bank account.
func (c walletBank) Run(ctx context.Context, line *Command) error {
	return line.unlocked(ctx, func(w *Wallet) error { return w.Banking(ctx, c.Reference, c.New) })
}

type walletLoad struct {
	Amount string `arg:"" help:"Like 50.00."`
}

// Run loads money.
func (c walletLoad) Run(ctx context.Context, line *Command) error {
	return line.unlocked(ctx, func(w *Wallet) error { return w.LoadAmount(ctx, c.Amount) })
}

type walletCancel struct{}

// Run calls off what waits for a word at the bank.
func (walletCancel) Run(ctx context.Context, line *Command) error {
	return line.unlocked(ctx, func(w *Wallet) error { return w.Cancel(ctx) })
}

type walletWithdraw struct{}

// Run withdraws all BrokerScrip.
func (walletWithdraw) Run(ctx context.Context, line *Command) error {
	return line.unlocked(ctx, func(w *Wallet) error { return w.WithdrawAll(ctx) })
}

type walletLeave struct{}

// Run withdraws and gives back all there is.
func (walletLeave) Run(ctx context.Context, line *Command) error {
	return line.unlocked(ctx, func(w *Wallet) error { return w.LeaveAll(ctx) })
}

type walletGiveUp struct {
	Stall string `arg:"" help:"Name or ID of the stall."`
}

// Run gives up.
func (c walletGiveUp) Run(ctx context.Context, line *Command) error {
	return line.unlocked(ctx, func(w *Wallet) error { return w.GiveUpAt(ctx, c.Stall) })
}

type walletRescue struct {
	Stall string `arg:"" help:"Name or ID of the stall."`
}

// Run rescues.
func (c walletRescue) Run(ctx context.Context, line *Command) error {
	return line.unlocked(ctx, func(w *Wallet) error { return w.RescueAt(ctx, c.Stall) })
}

type walletRenew struct{}

// Run renews.
func (walletRenew) Run(ctx context.Context, line *Command) error {
	return line.unlocked(ctx, func(w *Wallet) error { return w.RenewAll(ctx) })
}

type walletPlan struct {
	Listings []string `arg:"" name:"listing" help:"Address of the listing's page; of several, to be bought together at one stall."`
	Quantity int      `help:"How many, of each whose address does not say (?quantity=2)." default:"1"`
	Delivery Delivery `embed:""`
}

// Run prints the plan.
func (c walletPlan) Run(ctx context.Context, line *Command) error {
	return line.unlocked(ctx, func(w *Wallet) error {
		return w.PrintPlan(ctx, Order{Listings: c.Listings, Quantity: c.Quantity, Delivery: c.Delivery})
	})
}

type walletPay struct {
	Listings []string `arg:"" name:"listing" help:"Address of the listing's page; of several, to be bought together at one stall, in one parcel and with one payment."`
	Quantity int      `help:"How many, of each whose address does not say (?quantity=2)." default:"1"`
	Delivery Delivery `embed:""`
	Note     string   `help:"What else the seller must know."`
	Exchange string   `help:"How much to exchange, if an exchange is needed: what the price leaves of it buys at this stall again, without the broker. Default is the price." placeholder:"30.00"`
	Load     string   `help:"How much it may load from the bank. Default is to ask, where the wallet holds less than it takes." placeholder:"30.00"`
	Again    bool     `help:"Buy another of what was bought in the last day, without being asked."`
}

// Run buys.
func (c walletPay) Run(ctx context.Context, line *Command) error {
	return line.unlocked(ctx, func(w *Wallet) error { return w.Pay(ctx, Order(c)) })
}

type walletExchange struct {
	Listing string `arg:"" help:"Address of a listing's page at the stall."`
	Amount  string `arg:"" help:"Like 30.00."`
}

// Run exchanges.
func (c walletExchange) Run(ctx context.Context, line *Command) error {
	return line.unlocked(ctx, func(w *Wallet) error { return w.ExchangeAmount(ctx, c.Listing, c.Amount) })
}

type walletCollect struct {
	To string `help:"Where it goes: it stays the stall's own money, or goes to the bank." enum:"stall,bank" default:"stall"`
}

// Run collects.
func (c walletCollect) Run(ctx context.Context, line *Command) error {
	return line.unlocked(ctx, func(w *Wallet) error { return w.CollectRefunds(ctx, c.To == "bank") })
}

type walletEarnings struct{}

// Run prints earnings.
func (walletEarnings) Run(ctx context.Context, line *Command) error {
	return line.unlocked(ctx, func(w *Wallet) error { return w.PrintEarnings(ctx) })
}

type walletPayout struct {
	To     string `help:"bank, or scrip: to go shopping with it." enum:"bank,scrip" required:""`
	Stall  string `help:"Name or ID of one stall; default is all of them, and what came back."`
	Amount string `help:"Like 50.00; default is all that was earned."`
}

// Run pays out.
func (c walletPayout) Run(ctx context.Context, line *Command) error {
	return line.unlocked(ctx, func(w *Wallet) error { return w.PayOut(ctx, Earned(c)) })
}

type walletBalance struct{}

// Run prints the balance.
func (walletBalance) Run(ctx context.Context, line *Command) error {
	return line.looking(ctx, func(w *Wallet) error { return w.PrintBalance(ctx) })
}

type walletBackup struct {
	File string `arg:"" help:"Where to; what is there is replaced."`
}

// Run backs up.
func (c walletBackup) Run(ctx context.Context, line *Command) error {
	return line.unlocked(ctx, func(w *Wallet) error { return w.BackUp(ctx, c.File) })
}

type walletRestore struct {
	File string `arg:"" help:"The backup." type:"existingfile"`
}

// Run restores.
func (c walletRestore) Run(ctx context.Context, line *Command) error {
	return Restore(ctx, line.config(), c.File)
}

type walletReceipts struct {
	Bundle       string `help:"Print the receipt of this order as a file that anyone can verify, and nothing else." placeholder:"ORDER"`
	WithoutOrder bool   `help:"Leave out what was ordered, with the delivery note."`
}

// Run prints receipts.
func (c walletReceipts) Run(ctx context.Context, line *Command) error {
	return line.looking(ctx, func(w *Wallet) error {
		if c.Bundle != "" {
			return w.PrintBundle(ctx, c.Bundle, !c.WithoutOrder)
		}
		return w.PrintReceipts(ctx)
	})
}

type walletOrders struct {
	Order     string `arg:"" optional:"" help:"One order or conversation, as this command prints it; default is all of them."`
	Reconcile bool   `help:"Compare with what the stall has, fetch what is missing, and print what differs as it was signed."`
}

// Run prints threads.
func (c walletOrders) Run(ctx context.Context, line *Command) error {
	return line.unlocked(ctx, func(w *Wallet) error {
		if c.Reconcile {
			return w.ReconcileOrders(ctx, c.Order)
		}
		return w.PrintThreads(ctx, c.Order)
	})
}

type walletMessage struct {
	Order string `arg:"" help:"The order or conversation, as orders prints it."`
	Text  string `arg:"" help:"At most 2,000 characters."`
}

// Run writes to the seller.
func (c walletMessage) Run(ctx context.Context, line *Command) error {
	return line.unlocked(ctx, func(w *Wallet) error { return w.SayIn(ctx, c.Order, "message", c.Text) })
}

type walletAsk struct {
	Listing string `arg:"" help:"Address of the listing's page."`
	Text    string `arg:"" help:"At most 2,000 characters."`
}

// Run asks.
func (c walletAsk) Run(ctx context.Context, line *Command) error {
	return line.unlocked(ctx, func(w *Wallet) error { return w.AskAbout(ctx, c.Listing, c.Text) })
}

type walletPropose struct {
	Listing  string `arg:"" help:"Address of the listing's page."`
	Price    string `arg:"" help:"What you would pay for each, like 10.00."`
	Text     string `arg:"" optional:"" help:"A word with it, of at most 500 characters."`
	Quantity int    `help:"How many." default:"1"`
}

// Run proposes.
func (c walletPropose) Run(ctx context.Context, line *Command) error {
	return line.unlocked(ctx, func(w *Wallet) error { return w.ProposePrice(ctx, c.Listing, c.Price, c.Quantity, c.Text) })
}

type walletPhoto struct {
	Order string `arg:"" help:"The order, as orders prints it, or the conversation."`
	File  string `arg:"" help:"A JPEG, PNG or GIF. What it says of place, time and camera is left out." type:"existingfile"`
	Shows string `arg:"" optional:"" help:"What it shows, in at most 500 characters."`
}

// Run shows the photo.
func (c walletPhoto) Run(ctx context.Context, line *Command) error {
	return line.unlocked(ctx, func(w *Wallet) error { return w.ShowIn(ctx, c.Order, c.File, c.Shows) })
}

type walletPhotos struct {
	Order  string `arg:"" help:"The order, as orders prints it, or the conversation."`
	Folder string `arg:"" help:"Where to, as DIGEST.jpg." type:"existingdir"`
}

// Run saves the photos.
func (c walletPhotos) Run(ctx context.Context, line *Command) error {
	return line.unlocked(ctx, func(w *Wallet) error { return w.SavePhotos(ctx, c.Order, c.Folder) })
}

type walletAddress struct {
	Order  string `arg:"" help:"The order, as orders prints it."`
	Text   string `arg:"" optional:"" help:"A word to the seller."`
	Postal Postal `embed:""`
}

// Run gives another address.
func (c walletAddress) Run(ctx context.Context, line *Command) error {
	return line.unlocked(ctx, func(w *Wallet) error { return w.SendTo(ctx, c.Order, c.Text, c.Postal) })
}

type walletReceived struct {
	Order string `arg:"" help:"The order, as orders prints it."`
	Text  string `arg:"" optional:"" help:"A word to the seller."`
}

// Run says that it is here.
func (c walletReceived) Run(ctx context.Context, line *Command) error {
	return line.unlocked(ctx, func(w *Wallet) error { return w.SayIn(ctx, c.Order, "received", c.Text) })
}

type walletReturn struct {
	Order string `arg:"" help:"The order, as orders prints it."`
	Text  string `arg:"" help:"Why, in at most 500 characters."`
}

// Run asks to send it back.
func (c walletReturn) Run(ctx context.Context, line *Command) error {
	return line.unlocked(ctx, func(w *Wallet) error { return w.SayIn(ctx, c.Order, "return", c.Text) })
}

type walletReturned struct {
	Order    string `arg:"" help:"The order, as orders prints it."`
	Text     string `arg:"" optional:"" help:"A word to the seller."`
	Carrier  string `help:"Who brings it." placeholder:"NAME"`
	Tracking string `help:"The parcel's number." placeholder:"NUMBER"`
}

// Run says that it is on its way back.
func (c walletReturned) Run(ctx context.Context, line *Command) error {
	return line.unlocked(ctx, func(w *Wallet) error {
		return w.sayIn(ctx, c.Order, scrip.Event{Kind: "returned", Text: c.Text, Carrier: c.Carrier, Tracking: c.Tracking})
	})
}

type walletKeep struct {
	Order string `arg:"" help:"The order, as orders prints it."`
	Text  string `arg:"" optional:"" help:"A word to the seller."`
}

// Run keeps it.
func (c walletKeep) Run(ctx context.Context, line *Command) error {
	return line.unlocked(ctx, func(w *Wallet) error { return w.SayIn(ctx, c.Order, "kept", c.Text) })
}

type walletCallOff struct {
	Order string `arg:"" help:"The order, as orders prints it."`
	Text  string `arg:"" optional:"" help:"Why."`
}

// Run asks to cancel.
func (c walletCallOff) Run(ctx context.Context, line *Command) error {
	return line.unlocked(ctx, func(w *Wallet) error { return w.SayIn(ctx, c.Order, "cancel", c.Text) })
}

type walletRate struct {
	Order string `arg:"" help:"The order, as receipts prints it."`
	Words string `arg:"" optional:"" help:"At most 500 characters, for everyone to read."`
	Stars int    `help:"From 1 to 5; without it, what you said is shown, and whether the broker publishes it." placeholder:"N"`
}

// Run rates.
func (c walletRate) Run(ctx context.Context, line *Command) error {
	return line.unlocked(ctx, func(w *Wallet) error {
		if c.Stars == 0 {
			return w.PrintRating(ctx, c.Order)
		}
		return w.RateOrder(ctx, c.Order, c.Stars, c.Words)
	})
}

type walletHolds struct {
	To string `help:"Where the money goes that is yours again: into the wallet, or bank." enum:"scrip,bank" default:"scrip"`
}

// Run asks the broker, tells the sellers, and takes in what is the buyer's again.
func (c walletHolds) Run(ctx context.Context, line *Command) error {
	return line.unlocked(ctx, func(w *Wallet) error { return w.PrintHolds(ctx, c.To) })
}

type walletRelease struct {
	Order string `arg:"" help:"Number of the order."`
}

// Run tells the broker.
func (c walletRelease) Run(ctx context.Context, line *Command) error {
	return line.unlocked(ctx, func(w *Wallet) error { return w.ReleaseOrder(ctx, c.Order) })
}

type walletReclaim struct {
	Order string `arg:"" help:"Number of the order."`
	To    string `help:"Where the money goes: into the wallet, or bank." enum:"scrip,bank" default:"scrip"`
}

// Run asks the broker.
func (c walletReclaim) Run(ctx context.Context, line *Command) error {
	return line.unlocked(ctx, func(w *Wallet) error { return w.ReclaimOrder(ctx, c.Order, c.To) })
}

type walletDispute struct {
	Order string   `arg:"" help:"Number of the order."`
	Text  string   `arg:"" help:"What is wrong."`
	Photo []string `help:"A photo that shows it, a JPEG, PNG or GIF: up to 8 of an order. The seller is shown it, too." type:"existingfile" sep:"none"`
}

// Run tells the broker.
func (c walletDispute) Run(ctx context.Context, line *Command) error {
	return line.unlocked(ctx, func(w *Wallet) error { return w.DisputeOrder(ctx, c.Order, c.Text, c.Photo) })
}
