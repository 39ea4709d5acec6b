package web

import (
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
	"peerscrip/services/merchant"
	"peerscrip/static"
)

// What begins a session, though it is a GET: the challenge of a LOGIN, and the door that a link to the desk leads to.
const (
	challengePath = "/desk/challenge"
	linkPath      = "/desk/key/"
)

// Bounds on what is read of a request.
const (
	maxForm   = 256 << 10
	maxUpload = 5*merchant.MaxUpload + maxForm // eight photos, if not all of the largest
)

// routes is every page, one line each.
func (s *server) routes() http.Handler {
	r := chi.NewRouter()
	r.Use(middleware.GetHead)
	r.Handle(static.Prefix+"*", static.Handler())
	r.Group(func(r chi.Router) {
		r.Use(withRequestID, withHeaders(s.Site), s.withOrigin, withLanguage)
		r.NotFound(s.serve(s.notFound))
		r.MethodNotAllowed(s.serve(s.notAllowed))
		r.Get("/robots.txt", s.serve(s.robots))
		r.Get("/favicon.ico", s.serve(s.favicon))
		r.With(withLimit(maxForm)).Post("/language", s.serve(s.chooseLanguage))
		s.reading(r)
		if s.Site.hasShop {
			s.browsing(r)
			s.shells(r)
		} else {
			r.Get("/", s.serve(s.node))
		}
		r.Group(func(r chi.Router) {
			r.Use(s.withRate(s.PostsPerMinute, time.Minute, changes))
			r.Get("/sell", s.serve(s.sell))
			r.Group(func(r chi.Router) {
				r.Use(s.deskSessions.LoadAndSave)
				s.selling(r)
			})
			r.Group(func(r chi.Router) {
				r.Use(s.bankSessions.LoadAndSave)
				s.banking(r)
			})
		})
	})
	return r
}

// browsing is the catalogue. It needs no session: these answers are the same for everybody.
func (s *server) browsing(r chi.Router) {
	paced := r.With(s.withRate(s.ReadsPerMinute, time.Minute, always)) // what asks the catalogue
	paced.Get("/", s.serve(s.home))
	paced.Get("/search", s.serve(s.search))
	paced.Get("/stalls", s.serve(s.stalls))
	paced.Get("/stalls/{vendor}", s.serve(s.stall))
	paced.Get("/stalls/{vendor}/basket", s.serve(s.basket))
	paced.Get("/l/{vendor}/{offer}", s.serve(s.listing))
	paced.Get("/l/{vendor}/{offer}/checkout", s.serve(s.checkout))
	paced.Get("/l/{vendor}/{offer}/ask", s.serve(s.ask))
	paced.Get("/l/{vendor}/{offer}/propose", s.serve(s.propose))
	r.Get("/l/{vendor}/{offer}/private", s.serve(s.private))
	paced.Get("/pay/{vendor}/{offer}", s.serve(s.pay))
	paced.Get("/pay/{vendor}/{offer}/qr.svg", s.serve(s.payCode))
	paced.Get("/sitemap.xml", s.serve(s.sitemap))
	paced.Get(atomPath, s.serve(s.atom))
	paced.Get("/stalls/{vendor}"+atomPath, s.serve(s.atomOfStall))
	r.Get("/saved", s.serve(s.savedThings))
	if s.Reports != nil {
		paced.Get("/l/{vendor}/{offer}/report", s.serve(s.report))
		paced.With(withLimit(maxForm), s.withRate(s.PostsPerMinute, time.Minute, changes), s.withRate(dayOfLasting*s.PostsPerMinute, 24*time.Hour, changes)).
			Post("/l/{vendor}/{offer}/report", s.serve(s.sendReport))
	}
	r.Get("/photos/{digest}", s.serve(s.photo))
	r.Get("/photos/{digest}/thumb", s.serve(s.thumb))
}

// reading is the pages that explain the site; every role has them.
func (s *server) reading(r chi.Router) {
	r.Get("/how-it-works", s.serve(s.how))
	r.Get("/about", s.serve(s.about))
	r.Get("/help", s.serve(s.help))
	r.Get("/contact", s.serve(s.legal))
}

// shells are the wallet's pages: frames that the modules in static/wallet fill.
func (s *server) shells(r chi.Router) {
	r.Get("/verify", s.serve(s.verify))
	r.Get("/wallet", s.serve(s.walletShell(moneyShell)))
	r.Get("/wallet/keeper.js", s.serve(s.keeper))
	r.Get("/offline.js", s.serve(s.offlineWorker))
	r.Get(manifestPath, s.serve(s.manifest))
	r.Get(keptPath, s.serveJSON(s.walletKept))
	r.Post(keptPath, s.serveJSON(s.keepWallet))
	r.Get("/wallet/orders", s.serve(s.walletShell(ordersShell)))
	r.Get("/wallet/orders/{tx}", s.serve(s.walletThing(orderShell)))
	r.Get("/wallet/talks/{tx}", s.serve(s.walletThing(talkShell)))
	r.Get("/wallet/envelopes", s.serve(s.walletShell(envelopesShell)))
}

// selling is the opening of a stall and its desk: of these, what the Config has parties for.
func (s *server) selling(r chi.Router) {
	small := r.With(withLimit(maxForm))
	if s.Openings != nil {
		r.Get(challengePath, s.serveJSON(s.challenge))
		small.Post("/desk/login", s.serveJSON(s.login))
		small.Post("/desk/stall", s.serveJSON(s.draftStall))
		small.Post("/desk/stall/finish", s.serveJSON(s.finishStall))
	}
	if s.DeskLink != nil {
		r.Get(linkPath+"{token}", s.serve(s.deskLink))
		small.Post(linkPath+"{token}", s.serve(s.useDeskLink))
	}
	if s.Desk != nil {
		s.manageStall(r)
		s.manageListings(r)
		s.manageOrders(r)
	}
}

// manageStall is the desk itself, and what a seller does about the stall.
func (s *server) manageStall(r chi.Router) {
	small := r.With(withLimit(maxForm))
	r.Get("/desk", s.serve(s.owner(s.desk)))
	r.Get(newsPath, s.serve(s.owner(s.news)))
	r.Get(deskEvidencePath, s.serve(s.owner(s.deskEvidence)))
	r.Get("/desk/earnings", s.serve(s.owner(s.earnings)))
	r.Get("/desk/earnings.csv", s.serve(s.owner(s.earningsFile)))
	r.Get("/desk/page", s.serve(s.owner(s.editStall)))
	r.With(withLimit(maxUpload)).Post("/desk/page", s.serve(s.owner(s.savePage)))
	small.Post("/desk/name", s.serve(s.owner(s.renameStall)))
	r.Get(programsPath, s.serve(s.owner(s.programs)))
	small.Post(programsPath+"/keys", s.serve(s.owner(s.addKey)))
	small.Post(programsPath+"/keys/revoke", s.serve(s.owner(s.revokeKey)))
	small.Post(programsPath+"/webhooks", s.serve(s.owner(s.addWebhook)))
	r.Get(programsPath+"/webhooks/{id}", s.serve(s.owner(s.webhook)))
	small.Post(programsPath+"/webhooks/{id}/rotate", s.serve(s.owner(s.rotateWebhook)))
	small.Post(programsPath+"/webhooks/{id}/test", s.serve(s.owner(s.changeWebhook(testWebhook))))
	small.Post(programsPath+"/webhooks/{id}/turn", s.serve(s.owner(s.changeWebhook(turnWebhook))))
	small.Post(programsPath+"/webhooks/{id}/resend", s.serve(s.owner(s.changeWebhook(resendWebhook))))
	small.Post(programsPath+"/webhooks/{id}/drop", s.serve(s.owner(s.changeWebhook(dropWebhook))))
	r.Get(linksPath, s.serve(s.owner(s.paymentLinks)))
	small.Post(linksPath, s.serve(s.owner(s.askFor)))
	r.Get(linksPath+"/{offer}", s.serve(s.owner(s.paymentLink)))
	small.Post(linksPath+"/{offer}/end", s.serve(s.owner(s.endLink)))
	r.Get("/desk/ratings", s.serve(s.owner(s.deskRatings)))
	small.Post("/desk/ratings/{purchase}/answer", s.serve(s.owner(s.answerRating)))
	small.Post("/desk/leave", s.serve(s.leave))
	small.Post("/desk/switch", s.serve(s.switchDesk))
}

// manageListings is what a seller does about listings.
func (s *server) manageListings(r chi.Router) {
	small := r.With(withLimit(maxForm))
	r.Get("/desk/new", s.serve(s.owner(s.newListing)))
	r.With(withLimit(maxUpload)).Post("/desk/new", s.serve(s.owner(s.createListing)))
	small.Post("/desk/listings", s.serve(s.owner(s.changeListings)))
	r.Get("/desk/listings.csv", s.serve(s.owner(s.sheetOut)))
	r.Get("/desk/listings/file", s.serve(s.owner(s.sheet)))
	r.With(withLimit(2*maxSheet+maxForm)).Post("/desk/listings/file", s.serve(s.owner(s.sheetIn)))
	r.Get("/desk/listings/{offer}", s.serve(s.owner(s.editListing)))
	r.With(withLimit(maxUpload)).Post("/desk/listings/{offer}", s.serve(s.owner(s.reviseListing)))
	small.Post("/desk/listings/{offer}/end", s.serve(s.owner(s.endListing)))
	r.With(withLimit(merchant.MaxUpload+1)).Post("/desk/photos", s.ownerJSON(s.takePhoto))
	r.Get("/desk/photos/{digest}", s.serve(s.owner(s.deskPhoto)))
	r.Get("/desk/photos/{digest}/thumb", s.serve(s.owner(s.deskThumb)))
}

// manageOrders is what a seller does about orders and conversations.
func (s *server) manageOrders(r chi.Router) {
	small := r.With(withLimit(maxForm))
	r.Get("/desk/orders", s.ownerJSON(s.readOrders))
	r.Get("/desk/threads/{id}", s.ownerJSON(s.readThread))
	r.Get("/desk/orders/{id}", s.serve(s.owner(s.order)))
	small.Post("/desk/orders/{id}/sent", s.serve(s.owner(s.markSent)))
	r.Get("/desk/orders/{id}/slip", s.serve(s.owner(s.slip)))
	small.Post("/desk/orders/{id}/defend", s.serve(s.owner(s.defend)))
	small.Post("/desk/orders/{id}/say", s.serve(s.owner(s.sayInOrder)))
	r.Get("/desk/talks/{id}", s.serve(s.owner(s.talk)))
	small.Post("/desk/talks/{id}/say", s.serve(s.owner(s.sayInTalk)))
	small.Post("/desk/talks/{id}/offer", s.serve(s.owner(s.offerPrivately)))
	r.Get("/desk/talks/{id}/photos/{digest}", s.serve(s.owner(s.talkPhoto)))
	r.With(withLimit(maxUpload)).Post("/desk/talks/{id}/photo", s.serve(s.owner(s.showInTalk)))
	r.With(withLimit(maxUpload)).Post("/desk/orders/{id}/photo", s.serve(s.owner(s.showInOrder)))
	small.Post("/desk/orders/{id}/return", s.serve(s.owner(s.answerReturn)))
	r.Get("/desk/blocked", s.serve(s.owner(s.blocked)))
	small.Post("/desk/block", s.serve(s.owner(s.block)))
	small.Post("/desk/unblock", s.serve(s.owner(s.unblock)))
	small.Post("/desk/orders/{id}/refund", s.serve(s.owner(s.refundOrder)))
	small.Post("/desk/again", s.serve(s.owner(s.tellAgain)))
	small.Post("/desk/reconcile", s.serve(s.owner(s.reconcile)))
}

// banking is the sandbox bank.
func (s *server) banking(r chi.Router) {
	small := r.With(withLimit(maxForm))
	if s.Bank != nil {
		lasting := small.With(s.withRate(dayOfLasting*s.PostsPerMinute, 24*time.Hour, changes)) // what stays for ever
		r.Get("/bank", s.serve(s.bank))
		lasting.Post("/bank/accounts", s.serve(s.openAccount))
		small.Post("/bank/account", s.serve(s.chooseAccount))
		lasting.Post("/bank/deposits", s.serve(s.deposit))
		r.Get("/bank/confirm/{key}", s.serve(s.charge))
		small.Post("/bank/confirm/{key}", s.serve(s.answerCharge))
	}
	if s.PayIns != nil {
		lasting := small.With(s.withRate(dayOfLasting*s.PostsPerMinute, 24*time.Hour, changes))
		r.Get("/bank", s.serve(s.money))
		lasting.Post("/bank/payouts", s.serve(s.payOut))
		lasting.Post("/bank/payees", s.serve(s.connectPayee))
		lasting.Post("/bank/payees/name", s.serve(s.namePayee))
		r.Get("/bank/confirm/{key}", s.serve(s.payIn))
		lasting.Post("/bank/confirm/{key}", s.serve(s.answerPayIn))
	}
}
