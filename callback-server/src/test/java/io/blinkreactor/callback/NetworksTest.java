package io.blinkreactor.callback;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.InetAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which addresses are in which networks, and whose word about addresses counts (T15). */
class NetworksTest {

  @ParameterizedTest
  @CsvSource({
    "10.0.0.0/8, 10.255.255.255, true",
    "10.0.0.0/8, 11.0.0.0, false",
    "10.1.2.3/8, 10.9.9.9, true",
    "192.0.2.7, 192.0.2.7, true",
    "192.0.2.7, 192.0.2.8, false",
    "192.0.2.128/25, 192.0.2.127, false",
    "192.0.2.128/25, 192.0.2.128, true",
    "192.0.2.4/30, 192.0.2.7, true",
    "192.0.2.4/30, 192.0.2.8, false",
    "0.0.0.0/0, 203.0.113.9, true",
    "0.0.0.0/0, 2001:db8::1, false",
    "::/0, 2001:db8::1, true",
    "::/0, 203.0.113.9, false",
    "fd00::/8, fdff::1, true",
    "fd00::/8, fe80::1, false",
    "2001:db8::/33, 2001:db8:7fff::1, true",
    "2001:db8::/33, 2001:db8:8000::1, false",
    "2001:db8::1, 2001:db8:0:0::1, true",
    // An IPv4 address written as IPv6 is that address, on both sides.
    "10.0.0.0/8, ::ffff:10.1.2.3, true",
    "10.0.0.0/8, ::ffff:0a01:0203, true",
    "::ffff:10.0.0.0/104, 10.1.2.3, true",
    "::ffff:10.0.0.0/104, 11.1.2.3, false",
    "::ffff:10.1.2.3, ::ffff:10.1.2.3, true",
    // One that merely holds it is not.
    "10.0.0.0/8, ::a01:203, false",
    "10.0.0.0/8, 64:ff9b::a01:203, false",
    "10.0.0.0/8, 2002:0a01:0203::, false",
  })
  void containsWhatItSays(String network, String address, boolean contained) throws Exception {
    assertThat(Networks.of("allow", network).contains(InetAddress.getByName(address)))
        .isEqualTo(contained);
    InetAddress read = requireNonNull(Networks.address(address));
    assertThat(Networks.of("allow", "198.51.100.1", network).contains(read)).isEqualTo(contained);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "/",
        "10.0.0.0/",
        "10.0.0.0/33",
        "10.0.0.0/-1",
        "10.0.0.0/8/8",
        "10.0.0",
        "::/129",
        "localhost",
        "example.com/8",
        "10.0.0.0 /8",
        "fe80::1%eth0",
        "0x0a000000",
        "010.0.0.0/8x",
        "::ffff:0:0/95",
        "1.2.3.4:80",
        "::10.1.2.3",
        "64:ff9b::10.1.2.3",
        "[::1]"
      })
  void whatIsNoNetworkIsTold(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Networks.of("allow", text))
        .withMessageContaining("'allow'")
        .withMessageContaining("is not a network");
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "none",
      delimiter = '|',
      value = {
        // peer | lines, apart by ; | the sender
        "203.0.113.1 | | 203.0.113.1",
        "203.0.113.1 | 10.9.9.9 | 203.0.113.1", // a stranger's word
        "203.0.113.1 | 192.0.2.1, 10.0.0.1 | 203.0.113.1",
        "10.0.0.1 | | 10.0.0.1",
        "10.0.0.1 | 198.51.100.7 | 198.51.100.7",
        "10.0.0.1 | 192.0.2.1, 198.51.100.7 | 198.51.100.7", // the left one is the client's word
        "10.0.0.1 | 192.0.2.1,198.51.100.7 , 10.0.0.2 | 198.51.100.7",
        "10.0.0.1 | 192.0.2.1;198.51.100.7 | 198.51.100.7", // several lines are one list
        "10.0.0.1 | 192.0.2.1;198.51.100.7;10.0.0.2, 10.0.0.3 | 198.51.100.7",
        "10.0.0.1 | 10.0.0.9, 10.0.0.8 | 10.0.0.9",
        "10.0.0.1 | 192.0.2.1, unknown | none",
        "10.0.0.1 | 192.0.2.1, | none",
        "10.0.0.1 | 192.0.2.1, 198.51.100.7 198.51.100.8 | none",
        "10.0.0.1 | 192.0.2.1, 198.51.100.7:4711 | 198.51.100.7",
        "10.0.0.1 | 192.0.2.1, [2001:db8::7]:4711 | 2001:db8::7",
        "10.0.0.1 | 192.0.2.1, [2001:db8::7] | 2001:db8::7",
        "10.0.0.1 | 192.0.2.1, 2001:db8::7 | 2001:db8::7",
        "10.0.0.1 | 192.0.2.1, [2001:db8::7 | none",
        "10.0.0.1 | 192.0.2.1, 198.51.100.7:x | none",
        "10.0.0.1 | 192.0.2.1, fe80::1%10.0.0.1 | none",
        "::ffff:10.0.0.1 | 198.51.100.7 | 198.51.100.7",
        "10.0.0.1 | 192.0.2.1, ::ffff:10.0.0.2 | 192.0.2.1",
        "10.0.0.1 | 192.0.2.1, ::ffff:198.51.100.7 | 198.51.100.7",
        "fd00::1 | 2001:db8::9, 198.51.100.7, fd12::4 | 198.51.100.7",
        "fe80::1 | 198.51.100.7 | fe80::1",
      })
  void t15TheRightMostAddressThatIsNoProxyIsTheSender(
      String peer, @Nullable String lines, @Nullable String sender) throws Exception {
    Senders senders = new Senders(Networks.of("p", "10.0.0.0/8", "fd00::/8"), Networks.NONE);
    List<String> headers = lines == null ? List.of() : List.of(lines.split(";"));
    assertThat(senders.sender(InetAddress.getByName(peer), headers))
        .isEqualTo(sender == null ? null : InetAddress.getByName(sender));
  }
}
