async def test_smoke(desk):
    c = await desk.conversation("hi there")
    emma = await desk.person("emma")
    for path in [
        "/api/v1/session",
        "/api/v1/conversations?view=waiting",
        f"/api/v1/conversations/{c}",
        f"/api/v1/conversations/{c}/timeline",
        f"/api/v1/conversations/{c}/explain",
        "/api/v1/queues",
        "/api/v1/agents",
        "/api/v1/channels",
        "/api/v1/contacts?q=49",
        "/api/v1/search?q=hi",
        "/api/v1/templates",
        "/api/v1/offers",
    ]:
        a = await emma("GET", path)
        print(path, a.status, a.body[:600])
        assert a.status == 200
    a = await emma("PUT", "/api/v1/me/presence", {"presence": "available"})
    print(a.status, a.body)
    a = await emma("GET", "/api/v1/offers")
    print(a.status, a.body)
    o = a.json["items"][0]["id"]
    a = await emma("POST", f"/api/v1/offers/{o}/accept")
    print(a.status, a.body)
    a = await emma("POST", f"/api/v1/conversations/{c}/reply", {"text": "good day"})
    print(a.status, a.body)
    assert a.status == 202
    await desk.until(lambda: desk.hook.sent)
