package io.blinkreactor.callback;

import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A set of networks such as {@code 10.0.0.0/8} or {@code fd00::/8}. An IPv4 address that is written
 * as IPv6 ({@code ::ffff:10.1.2.3}) is the IPv4 address, on both sides.
 */
final class Networks {

  static final Networks NONE = new Networks(List.of());

  private static final class Network {

    /** 4 or 16 bytes. */
    private final byte[] address;

    private final int bits;

    Network(byte[] address, int bits) {
      this.address = address;
      this.bits = bits;
    }

    boolean contains(byte[] other) {
      if (other.length != address.length) {
        return false;
      }
      int whole = bits / 8;
      if (!Arrays.equals(address, 0, whole, other, 0, whole)) {
        return false;
      }
      int rest = bits % 8;
      return rest == 0 || ((address[whole] ^ other[whole]) & 0xff) >>> (8 - rest) == 0;
    }
  }

  private final List<Network> networks;

  private Networks(List<Network> networks) {
    this.networks = networks;
  }

  /**
   * Reads networks.
   *
   * @param option the option's name, for the complaint
   */
  static Networks of(String option, String... texts) {
    List<Network> networks = new ArrayList<>();
    for (String text : texts) {
      Network network = network(text);
      if (network == null) {
        throw new IllegalArgumentException(
            "'"
                + option
                + "': \""
                + text
                + "\" is not a network such as 10.0.0.0/8, fd00::/8 or 192.0.2.7.");
      }
      networks.add(network);
    }
    return new Networks(List.copyOf(networks));
  }

  boolean isEmpty() {
    return networks.isEmpty();
  }

  boolean contains(InetAddress address) {
    byte[] bytes = plain(address.getAddress());
    for (Network network : networks) {
      if (network.contains(bytes)) {
        return true;
      }
    }
    return false;
  }

  private static @Nullable Network network(String text) {
    int slash = text.indexOf('/');
    byte[] address = bytes(slash < 0 ? text : text.substring(0, slash));
    if (address == null) {
      return null;
    }
    int most = address.length * 8;
    int bits = slash < 0 ? most : number(text.substring(slash + 1));
    if (bits < 0 || bits > most) {
      return null;
    }
    byte[] plain = plain(address);
    // Of a mapped network only what lies within the mapped range is one of IPv4.
    if (plain.length != address.length) {
      bits -= 96;
    }
    return bits < 0 ? null : new Network(plain, bits);
  }

  private static int number(String text) {
    return text.matches("[0-9]{1,3}") ? Integer.parseInt(text) : -1;
  }

  /**
   * Reads an address as proxies write them, with a port or brackets or without; null if it is none.
   * Never asks a name server.
   */
  static @Nullable InetAddress address(String text) {
    String host = text.strip();
    if (host.startsWith("[")) {
      int end = host.indexOf(']');
      if (end < 0 || !host.substring(end + 1).matches("(:[0-9]{1,5})?")) {
        return null;
      }
      host = host.substring(1, end);
    } else if (host.indexOf(':') >= 0 && host.indexOf(':') == host.lastIndexOf(':')) {
      if (!host.substring(host.indexOf(':')).matches(":[0-9]{1,5}")) {
        return null;
      }
      host = host.substring(0, host.indexOf(':'));
    }
    byte[] bytes = bytes(host);
    try {
      return bytes == null ? null : InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new IllegalStateException("It has 4 or 16 bytes.", e);
    }
  }

  private static byte @Nullable [] bytes(String text) {
    // Netty reads more than that: a zone, brackets, and ::10.1.2.3 as if it were mapped.
    return text.matches("[0-9a-fA-F:]+|(::[fF]{4}:)?[0-9.]+")
            && (NetUtil.isValidIpV4Address(text) || NetUtil.isValidIpV6Address(text))
        ? NetUtil.createByteArrayFromIpAddressString(text)
        : null;
  }

  /** The IPv4 address that an IPv6 address may stand for. */
  private static byte[] plain(byte[] bytes) {
    if (bytes.length != 16 || bytes[10] != (byte) 0xff || bytes[11] != (byte) 0xff) {
      return bytes;
    }
    for (int i = 0; i < 10; i++) {
      if (bytes[i] != 0) {
        return bytes;
      }
    }
    return Arrays.copyOfRange(bytes, 12, 16);
  }
}
