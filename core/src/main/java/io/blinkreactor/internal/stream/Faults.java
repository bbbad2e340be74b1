package io.blinkreactor.internal.stream;

import io.blinkreactor.stream.PagingMode;
import org.jspecify.annotations.Nullable;

/**
 * What a server does wrong with one list, read in one way: the errors that more than one class
 * finds.
 *
 * @param list the list's name
 * @param timeName the member that the list is sorted by
 * @param mode how it is read
 */
record Faults(String list, String timeName, PagingMode mode) {

  WalkException broken(String what, String advice) {
    return new WalkException(what + " (" + list + ", read by " + mode + ").", advice, null);
  }

  WalkException unsorted(boolean byTime) {
    return broken(
            "The rows are not sorted by " + (byTime ? timeName : "id"),
            "The server ignores 'sort', so rows would be missed or repeated"
                + (byTime ? "." : ": choose PagingMode.TIME, which does without."))
        .withoutPlace();
  }

  WalkException nothingLater(@Nullable RowKey than) {
    return broken(
        "A page held no row " + (than == null ? "of the times asked for" : "after " + than),
        "The server does not heed the filter that asks for later rows.");
  }

  WalkException oneAtATime() {
    return broken(
        "The server hands out one row at a time",
        "By " + mode + " nothing would show whether rows are missed.");
  }
}
