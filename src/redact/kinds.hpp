// What identifies a person, by kind: its name in JSON and what stands in its place for readers.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace oidor::redact {

/// `Document` is one whose country nobody told. `Cbu` is a CVU too, `Cuit` a CUIL.
enum class Kind : std::uint8_t {
    Card,
    CardCode,
    Cbu,
    Clabe,
    Cuit,
    DniAr,
    DniPe,
    Rut,
    Curp,
    Rfc,
    CedulaCo,
    CedulaEc,
    CedulaUy,
    RucEc,
    RucPe,
    RucPy,
    Cpf,
    Cnpj,
    Document,
    Email,
    Phone,
};
inline constexpr Kind kLastKind = Kind::Phone;

/// `card`, `card_code`, `cbu`, `dni_ar` …
std::string_view format(Kind kind);
std::optional<Kind> find_kind(std::string_view name);

/// `[tarjeta]`, `[DNI]`, `[correo]`: the same for a kind in every text of a language (`es`, `pt`,
/// `en`; any other is shown as Spanish).
std::string_view placeholder_of(Kind kind, std::string_view language);

}  // namespace oidor::redact
