"""Every endpoint that is polled for readings: the poller, the quota, `tidegate quota` and docs/readings.md go by this.

`/api/institution/{ticker}/ownership` is known from a recorded answer only; the others are documented by the service.
"""

from tidegate.plugins.sources.unusual_whales.readings import filings, flow, options, slow
from tidegate.plugins.sources.unusual_whales.readings.endpoint import DAY_S, Endpoint

ENDPOINTS = (
    Endpoint(
        key="market_tide",
        path="/api/market/market-tide",
        about="market",
        readings={
            "tide_call_30m": "USD, change of the net call premium over 30 minutes",
            "tide_put_30m": "USD, change of the net put premium over 30 minutes",
        },
        poll_s=120.0,
        max_age_s=900.0,
        read=flow.market_tide,
    ),
    Endpoint(
        key="dark_pool",
        path="/api/darkpool/{ticker}",
        params={"newer_than": "{hour_ago}", "order_by": "premium", "limit": "500"},
        readings={
            "dark_pool_net": "USD of the last hour's prints: above the NBBO's mid less below it",
            "dark_pool_gross": "USD of the same prints, without signs",
        },
        poll_s=180.0,
        max_age_s=3600.0,
        read=flow.dark_pool,
    ),
    Endpoint(
        key="net_premium",
        path="/api/stock/{ticker}/net-prem-ticks",
        readings={
            "net_premium_slope": "USD per minute, slope of the cumulated call less put premium over 30 minutes",
            "net_premium_scale": "USD per minute, mean of that premium's absolute change",
        },
        poll_s=180.0,
        max_age_s=900.0,
        read=flow.net_premium,
    ),
    Endpoint(
        key="greek_exposure",
        path="/api/stock/{ticker}/greek-exposure",
        params={"timeframe": "2W"},
        readings={
            "gamma_net": "gamma of calls and puts, those negative",
            "gamma_gross": "gamma of calls and puts, without signs",
        },
        max_age_s=5 * DAY_S,
        read=options.greek_exposure,
    ),
    Endpoint(
        key="iv_rank",
        path="/api/stock/{ticker}/iv-rank",
        readings={"iv_rank": "0 to 100, within a year"},
        max_age_s=5 * DAY_S,
        read=options.iv_rank,
    ),
    Endpoint(
        key="oi_change",
        path="/api/stock/{ticker}/oi-change",
        params={"limit": "200"},
        readings={
            "oi_opened_bullish": "contracts opened, calls at the ask and puts at the bid",
            "oi_opened_bearish": "contracts opened, puts at the ask and calls at the bid",
        },
        max_age_s=5 * DAY_S,
        read=options.oi_change,
    ),
    Endpoint(
        key="congress",
        path="/api/congress/recent-trades",
        params={"ticker": "{ticker}", "limit": "200"},
        readings={
            "congress_buys": "purchases filed in 45 days",
            "congress_sells": "sales filed in 45 days",
        },
        max_age_s=45 * DAY_S,
        read=filings.congress,
    ),
    Endpoint(
        key="insider",
        path="/api/insider/transactions",
        params={"ticker_symbol": "{ticker}", "transaction_codes[]": ["P", "S"], "limit": "500"},
        readings={
            "insider_buys_usd": "USD bought in the open market, filed in 90 days",
            "insider_sells_usd": "USD sold in the open market, filed in 90 days, unplanned",
        },
        max_age_s=90 * DAY_S,
        read=filings.insider,
    ),
    Endpoint(
        key="institutional",
        path="/api/institution/{ticker}/ownership",
        readings={
            "institutional_bought_usd": "USD that holders added in the newest quarter reported",
            "institutional_sold_usd": "USD that holders shed in it",
        },
        max_age_s=135 * DAY_S,
        read=filings.institutional,
    ),
    Endpoint(
        key="short_interest",
        path="/api/shorts/{ticker}/interest-float/v2",
        readings={"short_interest": "fraction of the float", "days_to_cover": "days"},
        max_age_s=45 * DAY_S,
        read=slow.short_interest,
    ),
    Endpoint(
        key="ftds",
        path="/api/shorts/{ticker}/ftds",
        readings={"ftd_usd": "USD that failed to deliver on the newest date"},
        max_age_s=60 * DAY_S,
        read=slow.failures,
    ),
    Endpoint(
        key="earnings",
        path="/api/earnings/{ticker}",
        readings={"earnings_at": "seconds since 1970, the next report"},
        max_age_s=7 * DAY_S,
        read=slow.earnings,
    ),
    Endpoint(
        key="etf_flow",
        path="/api/etfs/{ticker}/in-outflow",
        about="etf",
        readings={"etf_flow_5d": "USD into the fund over five days"},
        max_age_s=7 * DAY_S,
        read=slow.etf_flow,
    ),
)
KEYS = tuple(endpoint.key for endpoint in ENDPOINTS)
