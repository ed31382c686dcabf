"""A simulated Chinese trading company with a known truth: for the demo, the tests and the benchmarks.

    from zhike.analytics.simulate import simulate, stream, write
    company = simulate(20_000, seed=7, until=date(2026, 11, 21), years=3)
    company["orders"]                      # a pyarrow.Table; company.truth and company.facts hold the truth
    write(company, Path("out"), form="csv")

``stream`` yields the same company in blocks of customers, so that any size fits in memory. The result
depends on ``seed``, ``customers``, ``until``, ``years`` and the other settings alone.

Everything is invented. Every row of customers, contacts, products and orders carries
``source = "simulated"``; mail addresses end in ``@example.com``; phone numbers lie in 1740[0-5]xxxxxx, the
range of satellite emergency terminals: well formed for any validator, carried by no ordinary subscriber.

Conventions of all tables: money is ``decimal128(18, 4)`` in CNY; ``*_at`` is ``timestamp[s]`` without zone,
the wall clock of Asia/Shanghai (Parquet stores it in milliseconds); dates are ``date32``; text is UTF-8,
``""`` where it does not apply; ``?`` marks a column that may be null. Ids count from 1 and are unique in the
whole company.

teams             team_id i16 (0..3), code, name
owners            owner_id i16 (0..19), team_id i16, name, username, email, diligence f64
categories        category_id i16, name, name_en, parent_id? i16 (null at the top)
products          product_id i32, sku, name, category_id i16 (lowest level), category (top-level name),
                  subcategory, unit, price, cost? (null: nobody entered it), launched_on, is_active bool,
                  source
customers         customer_id i64, code ("C00000001", the external key), kind company|person, name, phone,
                  email, province (GB/T 2260, two digits), city (four digits, "" if none), address,
                  industry (GB/T 4754 division, two digits), size micro|small|medium|large|"",
                  customer_type end_user|distributor|agent|partner, business_model manufacturer|wholesale|
                  retail|ecommerce|service|public|"", gender male|female|"", birthday? date32 (the solar
                  day of birth), birthday_calendar solar|lunar (which of the two is kept), needs,
                  lead_source, referred_by? i64, owner_id? i16, team_id? i16, no_profiling bool,
                  created_at, last_contact_at?, source
contacts          contact_id i64, customer_id i64, name, gender, role decision_maker|purchaser|user|
                  finance|influencer, title, phone, email, is_primary bool, source
orders            order_id i64, number, customer_id i64, placed_at, business_date, status confirmed|
                  cancelled, kind sale|return, return_of? i64 (order_id), channel sales|online|phone|
                  wechat, promised_on?, delivered_on?, amount (sum of the lines, negative for a return),
                  currency, owner_id? i16, source
order_lines       order_id i64, position i16, product_id i32, quantity i32 (negative: returned),
                  unit_price, amount (quantity x unit_price), cost? (of the line, same sign as quantity;
                  null: unknown)
interactions      interaction_id i64, customer_id i64, contact_id? i64, kind call|visit|negotiation|
                  message|email, direction out|in, at, summary, outcome, next_step, next_step_on?,
                  settled_at?, owner_id? i16, source
complaints        complaint_id i64, customer_id i64, order_id i64, at, category quality|delivery|service|
                  price|invoice, severity i8 (1..3), summary, settled_at? (null: open), satisfaction? i8
                  (1..5), owner_id? i16, source
campaigns         campaign_id i16, name, channel, sent_at, window_days i16, cost_per_contact
campaign_members  campaign_id i16, customer_id i64, arm treatment|control, opened bool, clicked bool,
                  responded bool (bought within the window), revenue (in the window), source

The truth, which no product code may read (``company.truth`` and ``company.facts``; ``truth.parquet`` and
``truth.json`` on disk):

truth             customer_id i64, duplicate_of? i64, buys bool (false: never will), alive bool (at
                  ``until``), rate f64 (orders a year while alive, at average season), dropout f64 (chance
                  to leave after each order), mean_value f64 (mean of an order in CNY, before rounding to
                  whole pieces), first_order_on?, left_on? (when who left did so), cause price|service|
                  delivery|competitor|closed|"", archetype i16, response persuadable|indifferent|
                  sleeping_dog, campaign_orders i16 (caused by campaigns)
facts (JSON)      settings, customers per cause, complements (pairs of products sold together on purpose),
                  rows per table

A second record of a customer (``duplicate_of``) carries the truth of the first; the orders of both together
are what the truth describes. Customers with ``response = sleeping_dog`` may lack orders that a campaign
put off.
"""

from zhike.analytics.simulate.company import Company, combine, simulate, stream
from zhike.analytics.simulate.export import write, write_stream
from zhike.analytics.simulate.settings import Settings

__all__ = ["Company", "Settings", "combine", "simulate", "stream", "write", "write_stream"]
