package db_test

import (
	"testing"

	"peerscrip/db/dbtest"
)

// openMarket opens the database of the tests of what a market keeps: of those in SQLite,
// as each is by itself, and of the same ones in PostgreSQL.
var openMarket dbtest.Opener = dbtest.SQLite

// TestMarketInPostgres runs the tests of what a market keeps once more, in PostgreSQL.
func TestMarketInPostgres(t *testing.T) {
	openMarket = dbtest.PostgreSQL("")
	t.Cleanup(func() { openMarket = dbtest.SQLite })
	for name, test := range map[string]func(*testing.T){
		"CatalogueFillsCertifiedStallsOnly": TestCatalogueFillsCertifiedStallsOnly,
		"CatalogueCountsFresh":              TestCatalogueCountsFresh,
		"CatalogueForgetsRevokedStalls":     TestCatalogueForgetsRevokedStalls,
		"CatalogueKeepsNoUnusedValues":      TestCatalogueKeepsNoUnusedValues,
		"CatalogueDropsOldestPictures":      TestCatalogueDropsOldestPictures,
		"ReportsShutOutNobody":              TestReportsShutOutNobody,
		"FacetsAreCounts":                   TestFacetsAreCounts,
		"ValuesAreBounded":                  TestValuesAreBounded,
		"ManyValuesAreCounted":              TestManyValuesAreCounted,
		"Named":                             TestNamed,
		"IndexIsWhatListingsSay":            TestIndexIsWhatListingsSay,
		"FeedFollowers":                     TestFeedFollowers,
		"SettleAnalysesAnew":                TestSettleAnalysesAnew,
		"HostedDraftsGiveWay":               TestHostedDraftsGiveWay,
	} {
		t.Run(name, test)
	}
}
