package io.hfmount.hub.http;

import io.hfmount.hub.HubException;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** Listings of any number of pages (hub-api §1.7). A listing is whole or an error. Thread-safe. */
final class PagedListing {
    private static final int MAX_PAGES = 1_000_000;

    /**
     * A page of a listing.
     *
     * @param anchor address of an earlier page, of ever later ones: listings that go in circles come back to it
     */
    private record Page<T>(String url, int number, String anchor, List<T> entries, Optional<String> next) {}

    private final HubCalls calls;

    PagedListing(HubCalls calls) {
        this.calls = calls;
    }

    /**
     * The entries of all pages.
     *
     * @param first address of the first page
     * @param decoder reads the body of a page
     */
    <T> Flux<T> entries(String first, Function<byte[], List<T>> decoder) {
        return page(first, 1, first, decoder)
                .expand(page -> page.next()
                        .map(next -> page(next, page.number() + 1, page.anchor(), decoder))
                        .orElseGet(Mono::empty))
                .concatMapIterable(Page::entries);
    }

    private <T> Mono<Page<T>> page(String url, int number, String anchor, Function<byte[], List<T>> decoder) {
        HubRequest request = calls.get("tree", url);
        if (number > MAX_PAGES) {
            return Mono.error(new HubException(200, false, HubCalls.failed(request) + "the listing does not end"));
        }
        return calls.send(request)
                .publishOn(Schedulers.parallel())
                .map(answer -> HubCalls.decode(request, answer, ok -> {
                    Optional<String> next = NextPage.of(url, ok.headers().getAll("Link"));
                    String later = Integer.bitCount(number) == 1 ? url : anchor;
                    if (next.filter(later::equals).isPresent()) {
                        throw new IllegalArgumentException("its next page is one that was read before");
                    }
                    return new Page<>(url, number, later, decoder.apply(ok.body()), next);
                }));
    }
}
